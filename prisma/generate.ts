import { spawnSync } from 'node:child_process';

// Prisma's own lines are shown when it fails only.
console.log('Generating the database client: src/store/generated/');
const command = 'prisma generate --config prisma/config.ts';
const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
if (status !== 0) {
  process.stderr.write(`${command} failed:\n${stdout}${stderr}`);
  process.exitCode = 1;
}
