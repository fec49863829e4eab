import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { approve, decide, pending, result } from '../harness/decisions.ts';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { firstConversation, runEvents, send } from '../harness/talk.ts';

/** The program of servers with tools of every kind. */
export const TOOL_SERVER = 'test/durability/tool-server.ts';

/** A file in which each effect of a tool leaves a line. */
export function effectsFile() {
  const directory = mkdtempSync(join(tmpdir(), 'parley-tools-'));
  const path = join(directory, 'effects');
  return {
    path,
    lines: () => readFileSync(path, 'utf8').split('\n').filter(Boolean),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** A run that has three calls at once, and waits: for an approval, and for the client. The plain one is done. */
export async function leaveWaiting(model: FakeOpenAi, { client }: NodeProcess) {
  const conversationId = await firstConversation(client);
  const names = ['guarded', 'client', 'charge'];
  model.answers(...names.map((name, amount) => ({ toolCall: { name, arguments: { amount } } })));
  const run = await send(client, { conversationId, text: 'Go', wait: true });
  expect(run.status).toBe('REQUIRES_ACTION');
  return { conversationId, runId: run.id };
}

/** Decides what waits on one server after the other, and expects what was promised. */
export async function decideAll(model: FakeOpenAi, one: NodeProcess, other: NodeProcess, runId: string) {
  expect(await pending(one.client, runId)).toMatchObject({
    status: 'REQUIRES_ACTION',
    attempt: 1,
    pendingToolCalls: [{ name: 'guarded' }, { name: 'client' }],
  });
  await decide(one.client, runId, { client: result('from the client') });
  await decide(other.client, runId, { guarded: approve });
  const edges = await runEvents(other.client, runId);
  expect(edges.at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(await pending(other.client, runId)).toMatchObject({ attempt: 1, pendingToolCalls: [] });
  const prompt = model.requests.at(-1)?.body.messages ?? [];
  expect(prompt.slice(-3).map(({ content }) => content)).toEqual(['guarded done', 'from the client', 'charge done']);
}
