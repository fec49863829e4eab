import { expect, test } from 'vitest';
import { ModelError } from '../../src/agent/model.ts';
import { createLocalWakeups } from '../../src/events/wakeups.ts';
import { retryStep } from '../../src/worker/execution/restart-step.ts';
import { startTestLog } from '../harness/event-log.ts';
import { losingAnswers } from '../harness/losing-answers.ts';

test('a retry whose commit is not answered is told of once, and the next one as well', async () => {
  await using log = await startTestLog({ wakeups: createLocalWakeups });
  const hold = await log.hold();
  using sink = log.deltas.open(hold);
  await sink.push('AssistantTextDelta', 'message-1', 'half');
  await sink.drain();
  const deps = { db: losingAnswers(log.db), wakeups: log.wakeups, log: log.logged.log };
  await retryStep(deps, hold, { type: 'retry', error: failure(), waitMs: 250 });
  await retryStep(deps, hold, { type: 'retry', error: failure(), waitMs: 1234 });
  const events = await log.db.conversationEvent.findMany({ orderBy: { seq: 'asc' }, where: { runId: hold.runId } });
  expect(events.slice(1)).toMatchObject([
    { type: 'StepRestarted', data: { messageIds: ['message-1'], reason: 'It broke; trying again in 0.3 s' } },
    { type: 'StepRestarted', data: { messageIds: [], reason: 'It broke; trying again in 1.3 s' } },
  ]);
  expect(events).toHaveLength(3);
});

function failure() {
  const fields = { code: 'LLM_UNAVAILABLE', isRetryable: true, retryAfterMs: null, cause: undefined } as const;
  return new ModelError({ ...fields, message: 'It broke.' });
}
