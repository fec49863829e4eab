import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { delta, outcomeOf, sse, startEchoServer } from '../../harness/replay.ts';

const limited = (message: string, rest: object = {}, headers: Record<string, string> = {}): Part => ({
  status: 429,
  body: { error: { message, ...rest } },
  headers,
});

const retryInfo = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.2s' }];

test.each<[string, Part]>([
  ['in words', limited('Rate limit reached. Please try again in 1.2s.')],
  ['in words, in milliseconds', limited('Rate limit reached. Please try again in 1200ms.')],
  ['in words of seconds', limited('Please wait and retry after 1.2 seconds.')],
  ['in minutes and seconds', limited('Please try again in 0m1.2s.')],
  ["in Google's details", limited('Resource exhausted', { details: retryInfo })],
  [
    'in a stream',
    { replay: sse(delta({ content: 'Hm' }), { error: { code: 429, message: 'Slow. Try again in 1.2s' } }) },
  ],
  [
    'until a limit is reset',
    limited(
      'Slow',
      {},
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1.2s', 'x-ratelimit-reset-tokens': '9s' },
    ),
  ],
  ['until a limit is reset, in a text of units', limited('Slow', {}, { 'x-ratelimit-reset-tokens': '1200ms' })],
])('a provider that asks for a delay is left alone for so long: %s', async (_name, part) => {
  await using server = await startEchoServer();
  expect(await outcomeOf(server, [part], ['Hi'])).toMatchObject({ status: 'COMPLETED', text: 'Hi', requests: 2 });
  const [first = 0, second = 0] = server.model.requests.map(({ receivedAt }) => receivedAt);
  expect(second - first).toBeGreaterThan(1195);
  expect(second - first).toBeLessThan(4000);
});

test.each<[string, Part]>([
  ['in words', limited('Please try again in 7m12s.')],
  ['in the header of a limit', limited('Slow', {}, { 'x-ratelimit-reset': String(Date.now() + 3_600_000) })],
])('a delay beyond the budget fails the run at once: %s', async (_name, part) => {
  await using server = await startEchoServer();
  const outcome = await outcomeOf(server, [part], ['Hi']);
  expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_RATE_LIMITED', requests: 1 });
});
