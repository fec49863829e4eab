import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newId } from '../src/ids.ts';
import { startNodeProcess, type NodeProcess } from './harness/node-process.ts';
import { firstConversation, runEvents, send } from './harness/talk.ts';
import { scratchDatabase, scratchDirectory, serverUrl } from './store/scratch.ts';

const SLOW = 240_000;
const run = promisify(execFile);

async function inspect(environment: Record<string, string>, ...args: string[]) {
  const command = run(process.execPath, ['src/inspect.ts', ...args], { env: { ...process.env, ...environment } });
  return command.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

/** Sends a message, and waits for the end of its run. */
async function answerOne({ client }: NodeProcess) {
  const conversationId = await firstConversation(client);
  const { id: runId } = await send(client, { conversationId, text: 'hello' });
  await runEvents(client, runId);
  return { conversationId, runId };
}

const expected = (conversationId: string, runId: string) =>
  [
    `Head of ${conversationId}`,
    '  active run none',
    'Runs \\(1\\)',
    `  \\S+  ${runId}  MESSAGE  COMPLETED  END_TURN`,
    '    step 0  SUCCEEDED  offline/parley',
    'Events \\(the last \\d+ of \\d+\\)',
    `  \\S+  RunFinished  ${runId}  {"usage":`,
  ].join('[^]*');

test('prints a conversation of an embedded database, once its server has stopped', { timeout: SLOW }, async () => {
  using scratch = scratchDirectory();
  const environment = { DATA_DIR: scratch.path, DATABASE_URL: '' };
  await using server = await startNodeProcess(environment);
  const { conversationId, runId } = await answerOne(server);
  expect(await inspect(environment, conversationId)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Another Parley process is using .*\n$/),
  });
  await server.terminate();
  const { code, stdout } = await inspect(environment, conversationId);
  expect(stdout).toMatch(new RegExp(expected(conversationId, runId)));
  expect(code).toBe(0);
});

test.skipIf(!serverUrl)('prints a conversation of PostgreSQL while its server runs', { timeout: SLOW }, async () => {
  await using database = await scratchDatabase();
  const environment = { DATABASE_URL: database.url };
  expect(await inspect(environment, newId('Conversation'))).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^The database lacks \d+ migrations of this version\..*\n$/),
  });
  await using server = await startNodeProcess(environment);
  const { conversationId, runId } = await answerOne(server);
  expect((await inspect(environment, conversationId)).stdout).toMatch(new RegExp(expected(conversationId, runId)));
  const unknown = newId('Conversation');
  const stderr = `There is no conversation ${unknown} in this database.\n`;
  expect(await inspect(environment, unknown)).toEqual({ code: 1, stdout: '', stderr });
});

test.each([
  { args: [], message: 'The id of a conversation is missing: npm run inspect -- <conversation id>' },
  { args: ['run-1'], message: '"run-1" is not the id of a conversation (conv-<UUID>).' },
  { args: [newId('Conversation')], message: expect.stringMatching(/^There is no embedded database in /) },
])('says in one line what is wrong with $args', async ({ args, message }) => {
  using scratch = scratchDirectory();
  const { code, stderr } = await inspect({ DATA_DIR: scratch.path, DATABASE_URL: '' }, ...args);
  expect({ code, lines: stderr.split('\n') }).toEqual({ code: 1, lines: [message, ''] });
});
