import { expect, test } from 'vitest';
import { outcomeOf } from '../../harness/replay.ts';
import { startOwnServer } from '../../harness/server.ts';

const HEADERS = { raw: ': the model is at work' };

test('a model that reasons in silence has longer than a provider has to begin its response', async () => {
  await using server = await startOwnServer({ MODEL_FIRST_TOKEN_TIMEOUT_MS: '200', MODEL_IDLE_TIMEOUT_MS: '200' });
  const outcome = await outcomeOf(server, [HEADERS, { delayMs: 600 }, 'Hi']);
  expect(outcome).toMatchObject({ status: 'COMPLETED', text: 'Hi', requests: 1 });
});

test('a model that stays silent is asked once more, and not five times', async () => {
  await using server = await startOwnServer({ MODEL_REASONING_TIMEOUT_MS: '200' });
  const silent = [HEADERS, { stall: true } as const];
  const outcome = await outcomeOf(server, silent, silent, silent);
  expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_TIMEOUT', requests: 2 });
  expect(outcome.message).toBe('openai began to answer, and then sent nothing for 0.2 seconds.');
});
