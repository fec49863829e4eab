import { appendFileSync } from 'node:fs';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { testTool } from '../harness/test-tool.ts';

// A server with tools that leave a line in EFFECTS. With TOOL_DIES the process is gone right after that.
const { EFFECTS = '', TOOL_DIES } = process.env;

const tool = (name: string, plan: Parameters<typeof testTool>[1] = {}) =>
  testTool(name, {
    ...plan,
    async run({ arguments: given }) {
      appendFileSync(EFFECTS, `${name} ${JSON.stringify(given)}\n`);
      if (TOOL_DIES) process.kill(process.pid, 'SIGKILL');
      return `${name} done`;
    },
  });

const config = readConfig();
const app = await startApp(config, createLog(config.logLevel), {
  tools: new Map([
    tool('charge'),
    tool('lookup', { isIdempotent: true }),
    tool('guarded', { requiresApproval: true }),
    testTool('client', { isClient: true }),
  ]),
});
process.stdout.write(`GraphQL ${app.server?.url}\nRole ${config.role}\n`);
process.on('SIGTERM', () => void app[Symbol.asyncDispose]());
