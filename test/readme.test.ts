import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startNodeProcess } from './harness/node-process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

/** What is to be pasted, by section, each with what the page says that it prints. */
const examples = readme.split(/^## /m).flatMap((section) => {
  const command = /```sh\n(npx node [^]+?)```/.exec(section)?.[1];
  const printed = /```text\n([^]+?)```/.exec(section)?.[1];
  return command ? [{ title: section.split('\n')[0], command, printed }] : [];
});

test('the examples of the README do what it says on a new server, as they stand there', async () => {
  expect(examples.map(({ title }) => title)).toEqual(['Send and subscribe', 'Remember and approve']);
  await using server = await startOnNothing();
  const [first, second] = examples.map(({ command }) => command.replace('http://127.0.0.1:4000/graphql', server.url));
  expect(await paste(first!)).toMatch(/^Parley: Hello! I am Parley's offline model: [^\n]+\nCOMPLETED \(END_TURN\)\n$/);
  expect(await paste(second!)).toBe(examples[1]?.printed);
}, 120_000);

async function startOnNothing() {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'parley-readme-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const { url } = stack.use(await startNodeProcess({ DATA_DIR: directory }));
  const all = stack.move();
  return { url, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function paste(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: ROOT, timeout: 60_000 });
  return stdout;
}
