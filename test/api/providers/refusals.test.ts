import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { delta, outcomeOf, sse, startEchoServer } from '../../harness/replay.ts';

const refused = (status: number, body: unknown): Part => ({ status, body });
const streamed = (chunk: object): Part => ({ replay: sse(delta({ content: 'Hm' }), chunk) });
/** An event of the type `error`. */
const event = (data: string): Part => ({ replay: `event: error\ndata: ${data}\n\n` });
const plain = (body: string, type = 'application/json'): Part => ({ replay: body, type });

const refusals: [name: string, part: Part, code: string, said: RegExp][] = [
  [
    'a list as body',
    refused(400, [{ error: { code: 400, message: 'No such field: x', status: 'INVALID_ARGUMENT' } }]),
    'LLM_BAD_REQUEST',
    /\(400\): No such field: x/,
  ],
  [
    'a detail',
    refused(400, { detail: 'Tool choice needs a parser' }),
    'LLM_BAD_REQUEST',
    /: Tool choice needs a parser/,
  ],
  [
    'a list of details',
    refused(422, {
      object: 'error',
      message: { detail: [{ type: 'missing', loc: ['body', 'messages', 2, 'name'], msg: 'Field required' }] },
    }),
    'LLM_BAD_REQUEST',
    /\(422\): body\.messages\.2\.name: Field required/,
  ],
  ['plain text', refused(400, 'model is loading the wrong way'), 'LLM_BAD_REQUEST', /: model is loading the wrong way/],
  ['text in quotes', refused(400, '"not like this"'), 'LLM_BAD_REQUEST', /: not like this/],
  [
    'words of a provider behind the provider',
    refused(400, {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"type":"error","error":{"message":"messages.3: no text"}}', provider_name: 'Anthropic' },
      },
    }),
    'LLM_BAD_REQUEST',
    /: Provider returned error: messages\.3: no text/,
  ],
  [
    'a credit balance',
    refused(400, {
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
    }),
    'LLM_INSUFFICIENT_CREDITS',
    /credit balance/,
  ],
  [
    'the limit of a key',
    refused(403, { error: { message: 'Key limit exceeded (total limit).', code: 403 } }),
    'LLM_INSUFFICIENT_CREDITS',
    /Key limit/,
  ],
  [
    'a quota that is used up',
    refused(429, {
      error: { type: 'exceeded_current_quota_error', message: 'Your account is suspended, please check your plan.' },
    }),
    'LLM_INSUFFICIENT_CREDITS',
    /suspended/,
  ],
  [
    'an account without money',
    refused(429, { error: { code: '1113', message: 'Insufficient balance or no resource package. Please recharge.' } }),
    'LLM_INSUFFICIENT_CREDITS',
    /recharge/,
  ],
  [
    'a quota of a day',
    refused(429, {
      error: { message: 'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock more.', code: 429 },
    }),
    'LLM_RATE_LIMITED',
    /per-day/,
  ],
  [
    'a quota of a day with a delay that does not help',
    refused(429, [
      {
        error: {
          code: 429,
          message: 'You exceeded your current quota. Please retry in 1s.',
          status: 'RESOURCE_EXHAUSTED',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
              violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
            },
            { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' },
          ],
        },
      },
    ]),
    'LLM_RATE_LIMITED',
    /current quota/,
  ],
  [
    'an error in a stream with its code as text',
    streamed({ error: { code: '401', message: 'Bad key' } }),
    'LLM_AUTHENTICATION',
    /\(401\): Bad key/,
  ],
  [
    'an error in a stream without an error key',
    streamed({ object: 'error', message: 'Bad field', type: 'BadRequestError', code: 400 }),
    'LLM_BAD_REQUEST',
    /: Bad field/,
  ],
  [
    'an error in a choice',
    streamed({ choices: [{ delta: {}, finish_reason: 'error', error: { code: 402, message: 'No money' } }] }),
    'LLM_INSUFFICIENT_CREDITS',
    /: No money/,
  ],
  [
    'an event of the type error',
    event('{"message":"Bad key","type":"authentication_error"}'),
    'LLM_AUTHENTICATION',
    /: Bad key/,
  ],
  ['an event of the type error in words', event('{"code":"400","detail":"Not so"}'), 'LLM_BAD_REQUEST', /: Not so/],
  [
    'an error with status 200',
    plain('{"error":{"message":"Bad key","code":"invalid_api_key"}}'),
    'LLM_AUTHENTICATION',
    /: Bad key/,
  ],
  [
    'a message with status 200',
    plain('{"code":401,"msg":"Token is gone","success":false}'),
    'LLM_AUTHENTICATION',
    /: Token is gone/,
  ],
];

test.each(refusals)(
  '%s fails the run with the words of the provider, and is paid once',
  async (_name, part, code, said) => {
    await using server = await startEchoServer();
    const outcome = await outcomeOf(server, ...Array.from({ length: 5 }, () => [part]));
    expect(outcome).toMatchObject({ status: 'FAILED', code, message: expect.stringMatching(said), requests: 1 });
  },
);

test.each<[string, Part]>([
  [
    'a refusal',
    refused(400, {
      error: {
        message: 'Failed to call a function.',
        type: 'invalid_request_error',
        code: 'tool_use_failed',
        failed_generation: '<function=look{}',
      },
    }),
  ],
  [
    'an error in the stream',
    streamed({
      error: {
        message: 'Failed to call a function.',
        type: 'invalid_request_error',
        code: 'tool_use_failed',
        status_code: 400,
      },
    }),
  ],
  ['an event', event('{"error":{"message":"Failed","code":"tool_use_failed"}}')],
  ['a page of a proxy', plain('<html><title>Oops</title></html>', 'text/html')],
])('a model that failed to write its answer is asked again: %s', async (_name, part) => {
  await using server = await startEchoServer();
  expect(await outcomeOf(server, [part], ['Hi'])).toMatchObject({ status: 'COMPLETED', text: 'Hi', requests: 2 });
});

test('a page of a proxy is told by its title', async () => {
  await using server = await startEchoServer();
  const body = '<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>';
  server.model.responds(() => [{ status: 400, body }]);
  expect((await outcomeOf(server)).message).toBe('openai refused the call (400): 502 Bad Gateway');
});

test('no words of a provider hold a key', async () => {
  await using server = await startEchoServer();
  const part = refused(400, [
    { error: { message: `Bearer abc.def of sk-proj-0123456789abcdef ${'long '.repeat(200)}` } },
  ]);
  const { message = '' } = await outcomeOf(server, [part]);
  expect(message).toMatch(/Bearer \*\*\* of \*\*\* long/);
  expect(message.length).toBeLessThan(340);
});
