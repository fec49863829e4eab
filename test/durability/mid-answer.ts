import { expect, vi } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import type { TestClient } from '../harness/client.ts';
import type { FakeCall, FakeOpenAi } from '../harness/fake-openai.ts';
import type { Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { firstConversation, send } from '../harness/talk.ts';
import { watch, type Watcher } from '../harness/watch.ts';

export interface MidAnswer extends AsyncDisposable {
  conversationId: string;
  run: { id: string };
  call: FakeCall;
  watcher: Watcher;
}

/** A run that has thought, and said "Once upon "; calls to come wait for the test. */
export async function midAnswer(
  model: FakeOpenAi,
  { url, client }: { url: string; client: TestClient },
): Promise<MidAnswer> {
  const conversationId = await firstConversation(client);
  const watcher = await watch(url, conversationId);
  model.holdCalls();
  const run = await send(client, { conversationId, text: 'Tell me a story' });
  const call = await model.nextCall();
  call.reasons('A story, then.');
  call.says('Once ', 'upon ');
  await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.endsWith('upon '));
  return { conversationId, watcher, run, call, [Symbol.asyncDispose]: () => watcher[Symbol.asyncDispose]() };
}

/** One that serves, and two workers, which may be lost. */
export function startNodes(fleet: Fleet, environment = {}): Promise<[NodeProcess, NodeProcess, NodeProcess]> {
  const start = (ROLE: string) => fleet.start({ ROLE, ...environment });
  return Promise.all([start('api'), start('worker'), start('worker')]);
}

export function holderOf(runId: string, workers: NodeProcess[]): NodeProcess {
  const holder = workers.find(({ lines }) => lines.some((line) => line.msg === 'run started' && line.runId === runId));
  return holder ?? expect.fail(`nobody has ${runId}`);
}

/** Lets the lease of a run pass, and resolves when it was taken over. Its worker may renew it in between: so, again. */
export async function takeAway({ db }: Pick<Database, 'db'>, runId: string): Promise<void> {
  const { attempt } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  await vi.waitFor(
    async () => {
      const { count } = await db.run.updateMany({ where: { id: runId, attempt }, data: { lease: new Date(0) } });
      expect(count).toBe(0);
    },
    { timeout: 10_000, interval: 300 },
  );
}
