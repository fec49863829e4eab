import { expect, test } from 'vitest';
import { delta, DONE, outcomeOf, sse, startEchoServer, STOP } from '../../harness/replay.ts';

const empty = (...chunks: (object | string)[]) => ({ replay: sse(...chunks, STOP, DONE) });

test.each([
  ['nothing', empty()],
  ['blanks', empty(delta({ content: ' \n' }))],
  ['reasoning alone', empty(delta({ reasoning_content: 'Hm' }))],
])('an answer of %s is asked for once more', async (_name, part) => {
  await using server = await startEchoServer();
  expect(await outcomeOf(server, [part], ['Hi'])).toMatchObject({ status: 'COMPLETED', text: 'Hi', requests: 2 });
  const answers = Array.from({ length: 5 }, () => [part]);
  const outcome = await outcomeOf(server, ...answers);
  expect(outcome).toMatchObject({ status: 'FAILED', stopReason: 'INVALID_LLM_RESPONSE', requests: 2 });
  expect(outcome).toMatchObject({ code: 'LLM_INVALID_RESPONSE', message: expect.stringContaining('neither text nor') });
});

test('what both empty answers used is counted', async () => {
  await using server = await startEchoServer();
  const usage = { prompt_tokens: 7, completion_tokens: 0, total_tokens: 7 };
  expect(await outcomeOf(server, [{ usage }], [{ usage }])).toMatchObject({ status: 'FAILED', totalTokens: 14 });
});
