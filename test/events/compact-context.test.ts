import { expect, test } from 'vitest';
import { CompactionError } from '../../src/agent/compaction/compact.ts';
import { compactContext } from '../../src/worker/execution/compaction/compact-context.ts';
import { readRun } from '../../src/worker/execution/read-run.ts';
import { startHoldingServer, type HeldRun, type HoldingServer } from '../harness/held-run.ts';
import { losingAnswers } from '../harness/losing-answers.ts';
import { probe } from '../harness/probe.ts';
import { newConversation, runEvents, send } from '../harness/talk.ts';

/** Compacts the context of a run that is being answered, and loses the answer to each COMMIT once. */
async function compactOnBadConnection(server: HoldingServer, hold: HeldRun) {
  const model = server.deps.models.resolve('openai/test')!;
  const run = await readRun(server.deps, hold);
  const deps = { ...server.deps, db: losingAnswers(server.deps.db) };
  await compactContext(deps, hold, run, model, 'POST_STEP');
}

async function eventsOf({ deps }: HoldingServer, { runId }: HeldRun) {
  const events = await deps.db.conversationEvent.findMany({ where: { runId }, orderBy: { seq: 'asc' } });
  return events.map(({ type }) => type).filter((type) => type.startsWith('Compaction'));
}

async function holdAfterTalk(server: HoldingServer) {
  const conversationId = await newConversation(server);
  await send(server, { conversationId, text: 'lorem ipsum dolor '.repeat(100), wait: true });
  return server.holdRun(conversationId);
}

test('a compaction whose commits are not answered is told of once', async () => {
  await using server = await startHoldingServer();
  const hold = await holdAfterTalk(server);
  server.model.answers('They talked.');
  await compactOnBadConnection(server, hold);
  expect(await eventsOf(server, hold)).toEqual(['CompactionStarted', 'CompactionFinished']);
  expect(await server.deps.db.message.count({ where: { runId: hold.runId, kind: 'SUMMARY' } })).toBe(1);
  hold.call.stops();
  await runEvents(server, hold.runId);
  expect(await probe(server)).toEqual([]);
});

test('one that fails is told of once too, and what its calls have used is counted once', async () => {
  await using server = await startHoldingServer();
  const hold = await holdAfterTalk(server);
  const usage = { prompt_tokens: 100, completion_tokens: 0, total_tokens: 100 };
  for (let way = 0; way < 2; way++) server.model.answers({ usage });
  await expect(compactOnBadConnection(server, hold)).rejects.toThrow(CompactionError);
  expect(await eventsOf(server, hold)).toEqual(['CompactionStarted', 'CompactionFailed']);
  const run = await server.deps.db.run.findUniqueOrThrow({ where: { id: hold.runId } });
  expect(run.promptTokens).toBe(200);
});
