import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createOpenAiModel } from '../../src/llm/openai/openai.ts';
import { startFakeOpenAi } from '../harness/fake-openai.ts';

async function refusal(status: number, error: unknown): Promise<{ code: string; isRetryable: boolean }> {
  await using fake = await startFakeOpenAi();
  fake.answers({ status, body: { error } });
  const endpoint = { provider: 'fox', baseUrl: fake.baseUrl, apiKey: 'sk-fox-0123456789' };
  const model = createOpenAiModel({ ...endpoint, name: 'quick', contextWindow: 8_000 }, readConfig({}).modelLimits);
  const messages = [{ role: 'user' as const, text: 'Hello' }];
  const { signal } = new AbortController();
  const call = model.reply({ messages, tools: [], settings: {} }, () => {}, signal);
  return await call.then(
    () => expect.fail('It was answered.'),
    (reason: unknown) => reason as { code: string; isRetryable: boolean },
  );
}

test.for<[who: string, status: number, error: unknown]>([
  ['OpenAI', 400, { message: 'No.', type: 'invalid_request_error', code: 'context_length_exceeded' }],
  [
    'OpenAI',
    400,
    {
      message:
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 173172 tokens. Please reduce the length of the messages.",
    },
  ],
  [
    'OpenAI',
    400,
    { message: 'Your input exceeds the context window of this model. Please adjust your input and try again.' },
  ],
  [
    'OpenAI',
    429,
    {
      message:
        'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 342389. The input or output tokens must be reduced in order to run successfully.',
      type: 'tokens',
      code: 'rate_limit_exceeded',
    },
  ],
  ['Anthropic', 400, { type: 'invalid_request_error', message: 'prompt is too long: 208310 tokens > 200000 maximum' }],
  [
    'Anthropic',
    400,
    {
      type: 'invalid_request_error',
      message:
        'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    },
  ],
  ['Anthropic', 413, { type: 'request_too_large', message: 'Request exceeds the maximum size' }],
  [
    'Google',
    400,
    {
      code: 400,
      message: 'The input token count (314175) exceeds the maximum number of tokens allowed (131072).',
      status: 'INVALID_ARGUMENT',
    },
  ],
  [
    'Groq',
    400,
    { message: 'Please reduce the length of the messages or completion.', code: 'context_length_exceeded' },
  ],
  [
    'Groq',
    413,
    {
      message:
        'Request too large for model `llama-3.3-70b-versatile` on tokens per minute (TPM): Limit 12000, Requested 14137, please reduce your message size and try again.',
      type: 'tokens',
      code: 'rate_limit_exceeded',
    },
  ],
  [
    'Cerebras',
    400,
    { message: 'Please reduce the length of the messages or completion. Current length is 42328 while limit is 40000' },
  ],
  [
    'OpenRouter',
    400,
    {
      message:
        'This endpoint\'s maximum context length is 16384 tokens. However, you requested about 94307 tokens (94307 of text input). Please reduce the length of either one, or use the "middle-out" transform to compress your prompt automatically.',
      code: 400,
    },
  ],
  ['Poolside', 400, { message: 'Input length 140000 exceeds the maximum allowed input length of 131072 tokens.' }],
  [
    'vLLM',
    400,
    {
      message:
        "This model's maximum context length is 262144 tokens. However, you requested 128000 output tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
  ],
  ['vLLM', 400, { message: 'The decoder prompt (length 2136) is longer than the maximum model length of 2048.' }],
  [
    'vLLM',
    500,
    { message: 'The prompt (total length 25938) is too long to fit into the model (context length 4096).' },
  ],
  ['SGLang', 400, { message: "Requested token count exceeds the model's maximum context length of 202752 tokens." }],
  [
    'llama.cpp',
    500,
    {
      code: 500,
      message:
        'the request exceeds the available context size. try increasing the context size or enable context shift',
      type: 'exceed_context_size_error',
    },
  ],
  ['llama-cpp-python', 500, { message: 'Requested tokens (516) exceed context window of 512' }],
  ['Ollama', 400, 'prompt too long; exceeded max context length by 1200 tokens'],
  ['LM Studio', 400, 'The number of tokens to keep from the initial prompt is greater than the context length.'],
  [
    'Mistral',
    400,
    {
      message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    },
  ],
  ['Together', 400, { message: "The input (9000 tokens) is longer than the model's context length (8192 tokens)." }],
  ['xAI', 400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
  ['Cohere', 400, { message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081' }],
  ['Bedrock', 400, { message: 'Input is too long for requested model.' }],
  ['MiniMax', 400, { message: 'invalid params, context window exceeds limit (2013)' }],
  ['Kimi', 400, { message: 'Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)' }],
  ['Copilot', 400, { message: 'prompt token count of 135000 exceeds the limit of 128000' }],
])('%s means with status %i and %j that the context window is exceeded', async ([, status, error]) => {
  expect(await refusal(status, error)).toMatchObject({ code: 'LLM_CONTEXT_WINDOW_EXCEEDED', isRetryable: false });
});

test.for<[code: string, status: number, message: string]>([
  ['LLM_BAD_REQUEST', 400, 'max_tokens is too large: 9000. This model supports at most 4096 completion tokens.'],
  [
    'LLM_BAD_REQUEST',
    400,
    'max_completion_tokens must be less than or equal to 40960, the maximum value for max_completion_tokens is less than the context_window for this model',
  ],
  ['LLM_BAD_REQUEST', 400, "Invalid 'messages[1].name': string too long. Expected a string with maximum length 64."],
  ['LLM_BAD_REQUEST', 400, 'The number of images exceeds the limit of 20.'],
  ['LLM_RATE_LIMITED', 429, 'Too many tokens, please wait before trying again.'],
  [
    'LLM_RATE_LIMITED',
    429,
    'Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
  ],
  ['LLM_UNAVAILABLE', 503, 'Too many tokens, please wait before trying again.'],
  ['LLM_UNAVAILABLE', 500, 'The server had an error while processing your request.'],
])('another refusal stays %s: status %i, %s', async ([code, status, message]) => {
  expect(await refusal(status, { message })).toMatchObject({ code });
});
