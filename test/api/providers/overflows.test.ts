import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { delta, outcomeOf, sse, startEchoServer } from '../../harness/replay.ts';

const OVERFLOW = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.";

const refused = (status: number, body: unknown): Part => ({ status, body });
const event = (data: string): Part => ({ replay: `event: error\ndata: ${data}\n\n` });

test.each<[string, Part]>([
  ['a list as body', refused(400, [{ error: { code: 400, message: OVERFLOW } }])],
  ['a detail', refused(400, { detail: OVERFLOW })],
  [
    'the words of a provider behind the provider',
    refused(400, {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: JSON.stringify({ message: OVERFLOW }) },
      },
    }),
  ],
  ['plain text', refused(400, OVERFLOW)],
  [
    'LM Studio',
    refused(400, {
      error:
        'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    }),
  ],
  ['GLM', refused(400, { error: { code: '1261', message: 'Prompt exceeds max length' } })],
  [
    'Kimi',
    refused(400, {
      error: {
        message: 'Invalid request: total message size 5461546 exceeds limit 4194304',
        type: 'invalid_request_error',
      },
    }),
  ],
  ['a finish reason', { replay: sse(delta({ content: 'Hm' }), delta({}, 'model_context_window_exceeded')) }],
  ['an event of the type error', event(JSON.stringify({ message: OVERFLOW, code: 400 }))],
])('a prompt that is refused as too long is known as such, and not sent again as it is: by %s', async (_name, part) => {
  await using server = await startEchoServer();
  const outcome = await outcomeOf(server, [part], ['Hi']);
  // A first message leaves nothing to compact.
  expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_CONTEXT_WINDOW_EXCEEDED', requests: 1 });
});
