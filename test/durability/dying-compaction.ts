import { expect } from 'vitest';
import type { TestClient } from '../harness/client.ts';
import { tryCompact } from '../harness/compact.ts';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import { only } from '../harness/only.ts';
import { history, readRun, send } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';
import { expectPrompts, isSummary, SUMMARY } from './old-or-new.ts';

/** Where a worker dies, what is in the context then, how often the run is claimed, and how often the model asked in all. */
export interface Point {
  kind: 'requested' | 'inside';
  at: string;
  context: 'old' | 'new';
  attempts: number;
  asked: number;
}

const point = (kind: Point['kind']) => {
  return (at: string, context: 'old' | 'new', attempts: number, asked: number): Point => ({
    kind,
    at,
    context,
    attempts,
    asked,
  });
};
const requested = point('requested');
const inside = point('inside');

/** The summary, CompactionFinished and the end of a run that was asked for are one commit. */
export const points: Point[] = [
  requested('after:CompactionStarted', 'old', 2, 1),
  requested('before:CompactionFinished', 'old', 2, 2),
  requested('after:CompactionFinished', 'new', 1, 1),
  inside('after:CompactionStarted', 'old', 2, 4),
  inside('before:CompactionFinished', 'old', 2, 5),
  inside('after:CompactionFinished', 'new', 2, 3),
  inside('before:RunFinished', 'new', 2, 4),
];

/** In a worker that is nothing else, the first message that it adds is the summary. */
export const pointsOfWorker: Point[] = [
  ...points,
  requested('before:CompactionStarted', 'old', 2, 1),
  requested('before:MessageAdded', 'old', 2, 2),
  requested('after:MessageAdded', 'new', 1, 1),
  requested('before:RunFinished', 'old', 2, 2),
  requested('after:RunFinished', 'new', 1, 1),
  inside('before:CompactionStarted', 'old', 2, 4),
  inside('before:MessageAdded', 'old', 2, 5),
  inside('after:MessageAdded', 'new', 2, 3),
  inside('after:RunFinished', 'new', 1, 3),
];

/** The provider refuses the old context as too long, and answers with the new one. */
export function refuseOldContext(model: FakeOpenAi) {
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  model.responds((body) => {
    if (isSummary(body)) return [SUMMARY];
    return JSON.stringify(body.messages).includes('Question 1:')
      ? [{ status: 400, body: refusal }]
      : ['There you are.'];
  });
}

/** Starts what is to be hit. Returns the id of the run. */
export async function begin({ kind }: Point, client: TestClient, conversationId: string): Promise<string> {
  if (kind === 'inside') return (await send(client, { conversationId, text: 'Now answer this.' })).id;
  const answer = await tryCompact(client, { conversationId, wait: false, settings: { mode: 'ALL' } });
  return only(answer, 'CompactConversationPayload').run.id;
}

/** What has come of it when its run has ended; `before`: of requests. */
export async function expectFinished(
  { kind, at, attempts, asked }: Point,
  { model, client }: { model: FakeOpenAi; client: TestClient },
  { conversationId, runId, before }: { conversationId: string; runId: string; before: number },
) {
  expect(await readRun(client, runId), at).toMatchObject({
    kind: kind === 'requested' ? 'COMPACTION' : 'MESSAGE',
    status: 'COMPLETED',
    attempt: attempts,
    stepCount: kind === 'requested' ? 0 : 1,
  });
  expect(model.requests.length - before, at).toBe(asked);
  const { messages } = await history(client, conversationId);
  const last = messages.nodes.slice(kind === 'requested' ? -1 : -3);
  expect(last, at).toMatchObject(
    kind === 'requested'
      ? [{ __typename: 'SummaryMessage' }]
      : [{ text: 'Now answer this.' }, { __typename: 'SummaryMessage' }, { text: 'There you are.' }],
  );
  await expectNextSend(model, client, conversationId);
  expectPrompts(
    model.requests
      .slice(before)
      .map(({ body }) => body)
      .slice(-1),
  );
}
