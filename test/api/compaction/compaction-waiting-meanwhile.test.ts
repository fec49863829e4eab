import { expect, test } from 'vitest';
import { expireToolCalls } from '../../../src/services/approvals/expire-tool-calls.ts';
import { takeAway } from '../../durability/mid-answer.ts';
import { expectNextSend } from '../../durability/next-send.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { approve, decide, pending } from '../../harness/decisions.ts';
import { CANCEL, CANCEL_CONVERSATION, SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { probe, probeQuiet } from '../../harness/probe.ts';
import { readRun, runEvents, send } from '../../harness/talk.ts';
import { startWaiting } from '../../harness/waiting.ts';

const SUMMARY = 'They talked.';

/** A waiting conversation whose compaction has asked the model, and is under the test's hand. */
async function startCompacting() {
  const waiting = await startWaiting('guarded');
  const { server, conversationId } = waiting;
  const asked = server.model.nextCall();
  const { run } = await compact(server, { conversationId, wait: false, settings: { mode: 'ALL' } });
  const call = await asked;
  const summarise = () => {
    call.says(SUMMARY);
    call.stops();
    return runEvents(server, run.id);
  };
  return { ...waiting, compactionId: run.id, call, summarise };
}

const lastPrompt = ({ requests }: { requests: { body: { messages: object[] } }[] }) =>
  JSON.stringify(requests.at(-1)?.body.messages);

test('a decision during a compaction is accepted at once, and the run resumes after it with the summary', async () => {
  await using started = await startCompacting();
  const { server, runId, summarise } = started;
  expect(await decide(server, runId, { guarded: approve })).toMatchObject({ status: 'QUEUED' });
  expect(await probe(server)).toEqual([]);
  await summarise();
  expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(lastPrompt(server.model)).toContain(SUMMARY);
  expect(lastPrompt(server.model)).toContain('guarded done');
  expect(await probeQuiet(server)).toEqual([]);
});

test('calls that expire during a compaction are answered, and their run resumes after it', async () => {
  await using started = await startCompacting();
  const { server, runId, summarise } = started;
  await server.deps.db.toolCall.updateMany({
    where: { runId, status: 'AWAITING_APPROVAL' },
    data: { approvalExpiresAt: new Date(0) },
  });
  await expireToolCalls(server.deps, AbortSignal.timeout(60_000));
  await summarise();
  expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(lastPrompt(server.model)).toContain('Nobody decided in time');
  expect(await probeQuiet(server)).toEqual([]);
});

test('cancelRun of the waiting run during a compaction closes its calls, and the compaction is done', async () => {
  await using started = await startCompacting();
  const { server, conversationId, runId, compactionId, summarise } = started;
  const { cancelRun } = await server.execute(CANCEL, { runId });
  expect(only(cancelRun, 'CancelRunPayload').run).toMatchObject({ status: 'CANCELLED' });
  await summarise();
  expect(await readRun(server, compactionId)).toMatchObject({ status: 'COMPLETED' });
  await expectNextSend(server.model, server, conversationId);
  expect(lastPrompt(server.model)).toContain(SUMMARY);
  expect(lastPrompt(server.model)).toContain('It was not run: the run was cancelled.');
  expect(await probeQuiet(server)).toEqual([]);
});

test.for(['before', 'after'] as const)(
  'cancelRun of the compaction $0 the decision leaves the context, and the run goes on with it',
  async (when) => {
    await using started = await startCompacting();
    const { server, runId, compactionId, call } = started;
    if (when === 'after') await decide(server, runId, { guarded: approve });
    await server.execute(CANCEL, { runId: compactionId });
    await call.closed;
    if (when === 'before') await decide(server, runId, { guarded: approve });
    expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
    expect(lastPrompt(server.model)).toContain('Question 1:');
    expect(await probeQuiet(server)).toEqual([]);
  },
);

test.for(['undecided', 'decided'] as const)(
  'cancelConversation ends the compaction and the waiting run, %s',
  async (state) => {
    await using started = await startCompacting();
    const { server, conversationId, runId, compactionId } = started;
    if (state === 'decided') await decide(server, runId, { guarded: approve });
    const { cancelConversation } = await server.execute(CANCEL_CONVERSATION, { conversationId });
    expect(only(cancelConversation, 'CancelConversationPayload').runs).toEqual([
      { id: runId, status: 'CANCELLED' },
      { id: compactionId, status: 'CANCELLED' },
    ]);
    await expectNextSend(server.model, server, conversationId);
    expect(lastPrompt(server.model)).toContain('It was not run: the run was cancelled.');
    expect(await probeQuiet(server)).toEqual([]);
  },
);

test('while a waiting conversation is compacted, sends get PendingApprovalError, and a second compaction ConversationBusyError', async () => {
  await using started = await startCompacting();
  const { server, conversationId, runId, compactionId, summarise } = started;
  for (const onBusy of ['REJECT', 'ENQUEUE'] as const) {
    const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi', onBusy } });
    only(sendMessage, 'PendingApprovalError');
  }
  const again = only(await tryCompact(server, { conversationId }), 'ConversationBusyError');
  expect(again.run?.id).toBe(compactionId);
  await decide(server, runId, { guarded: approve });
  const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi' } });
  only(sendMessage, 'ConversationBusyError');
  const next = await send(server, { conversationId, text: 'And then?', onBusy: 'ENQUEUE' });
  await summarise();
  expect((await runEvents(server, next.id)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(await readRun(server, runId)).toMatchObject({ status: 'COMPLETED' });
  expect(await probeQuiet(server)).toEqual([]);
});

test('a send with INTERRUPT ends the compaction, denies the waiting call, and is answered', async () => {
  await using started = await startCompacting();
  const { server, conversationId, runId, compactionId } = started;
  const run = await send(server, { conversationId, text: 'Never mind.', onBusy: 'INTERRUPT', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED' });
  for (const id of [runId, compactionId]) expect(await readRun(server, id)).toMatchObject({ status: 'CANCELLED' });
  expect(lastPrompt(server.model)).toContain('another message was sent instead of a decision');
  expect(lastPrompt(server.model)).not.toContain(SUMMARY);
  expect(await probeQuiet(server)).toEqual([]);
});

test('a compaction whose worker is lost is done by the next one, and the run still waits', async () => {
  await using started = await startCompacting();
  const { server, runId, compactionId, summarise } = started;
  const second = server.model.nextCall();
  await takeAway(server.deps, compactionId);
  const call = await second;
  call.says('They talked again.');
  call.stops();
  await summarise();
  expect(await readRun(server, compactionId)).toMatchObject({ status: 'COMPLETED', attempt: 2 });
  expect(await pending(server, runId)).toMatchObject({ status: 'REQUIRES_ACTION', attempt: 1 });
  await decide(server, runId, { guarded: approve });
  expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(lastPrompt(server.model)).toContain('They talked again.');
  expect(await probeQuiet(server)).toEqual([]);
});
