import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = join(root, 'node_modules/relay-compiler/cli.js');

/** Compiles a copy that never was compiled, and lists what came of it; rejects with what the compiler says. */
async function compile(edit = (list: string) => list): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const copy = await mkdtemp(join(tmpdir(), 'parley-relay-'));
  stack.defer(() => rm(copy, { recursive: true }));
  const folder = join(copy, 'test/relay');
  await cp(join(root, 'schema.graphql'), join(copy, 'schema.graphql'));
  await cp(join(root, 'test/relay'), folder, { recursive: true, filter: (path) => !path.includes('__generated__') });
  const list = join(folder, 'conversation-list.ts');
  await writeFile(list, edit(await readFile(list, 'utf8')));
  await promisify(execFile)(process.execPath, [compiler, '--noWatchman'], { cwd: folder, env: {} });
  return readdir(join(folder, '__generated__'));
}

test('Relay compiles lists, history, runs, mutations and subscriptions of a frontend', async () => {
  expect(await compile()).toEqual(
    expect.arrayContaining(
      [
        'ConversationListPaginationQuery',
        'ConversationHistoryPaginationQuery',
        'AgentRunsPaginationQuery',
        'CreateConversationMutation',
        'DeleteConversationMutation',
        'ConversationListSubscription',
        'ConversationEventsSubscription',
      ].map((name) => `${name}.graphql.ts`),
    ),
  );
});

test.each([
  { right: 'lastActivityAt', wrong: 'lastActivity', message: 'The type `Conversation` has no field `lastActivity`' },
  { right: 'ConversationRemoved', wrong: 'ConversationGone', message: "Unknown type 'ConversationGone'" },
  { right: 'ConversationList_conversations', wrong: 'List', message: 'Expected the key argument to @connection' },
])('Relay does not compile $wrong in the place of $right', async ({ right, wrong, message }) => {
  await expect(compile((list) => list.replace(right, wrong))).rejects.toThrow(message);
});
