import { afterAll, beforeAll, expect, test } from 'vitest';
import { CANCEL } from '../../../harness/documents.ts';
import { only } from '../../../harness/only.ts';
import type { Part } from '../../../harness/responses/fake-responses.ts';
import { startAtResponses } from '../../../harness/responses/start.ts';
import { eventsUntil, history, newConversation, runEvents, send, textOf } from '../../../harness/talk.ts';
import { testTool } from '../../../harness/test-tool.ts';

let ran = 0;
const look = testTool('look', { run: async () => `${++ran}` });

let at: Awaited<ReturnType<typeof startAtResponses>>;
beforeAll(async () => void (at = await startAtResponses(new Map([look]), { MODEL_TRIES: '2' })));
afterAll(() => at[Symbol.asyncDispose]());

const CALL = { call: { name: 'look', arguments: '{}' } };

const cases: [
  name: string,
  answer: Part[],
  outcome: { status: string; stopReason?: string; code?: string },
  tries: number,
][] = [
  [
    'ended at its output limit',
    [{ text: 'Ha' }, { incomplete: 'max_output_tokens' }],
    { status: 'FAILED', stopReason: 'MAX_TOKENS_EXCEEDED' },
    1,
  ],
  [
    'ended at its output limit behind a call',
    [CALL, { incomplete: 'max_output_tokens' }],
    { status: 'FAILED', stopReason: 'MAX_TOKENS_EXCEEDED' },
    1,
  ],
  [
    'was filtered',
    [{ text: 'Ha' }, { incomplete: 'content_filter' }],
    { status: 'FAILED', code: 'LLM_CONTENT_FILTER' },
    1,
  ],
  [
    'ended for a reason that is not known',
    [CALL, { incomplete: 'moon' }],
    { status: 'FAILED', code: 'LLM_STREAM_TRUNCATED' },
    2,
  ],
  ['ended without an end', [CALL, { eof: true }], { status: 'FAILED', code: 'LLM_STREAM_TRUNCATED' }, 2],
  [
    'failed on the side of the provider',
    [{ failed: { code: 'server_error', message: 'Oh.' } }],
    { status: 'FAILED', code: 'LLM_UNAVAILABLE' },
    2,
  ],
  [
    'failed at a rate limit',
    [{ failed: { code: 'rate_limit_exceeded', message: 'Slow.' } }],
    { status: 'FAILED', code: 'LLM_RATE_LIMITED' },
    2,
  ],
  [
    'failed for its prompt',
    [{ failed: { code: 'invalid_prompt', message: 'No.' } }],
    { status: 'FAILED', code: 'LLM_BAD_REQUEST' },
    1,
  ],
  [
    'was an error event',
    [{ text: 'Ha' }, { error: { code: 'server_error', message: 'Oh.' } }],
    { status: 'FAILED', code: 'LLM_UNAVAILABLE' },
    2,
  ],
  [
    'was refused for its key',
    [{ status: 401, error: { message: 'Bad key' } }],
    { status: 'FAILED', code: 'LLM_AUTHENTICATION' },
    1,
  ],
];

test.for(cases)(
  'an answer that %s is no success, and the next message is answered',
  async ([, answer, outcome, tries]) => {
    const conversationId = await newConversation(at);
    const [before, ranBefore] = [at.endpoint.requests.length, ran];
    for (let round = 0; round < tries; round++) at.endpoint.answers(...answer);
    const { status, stopReason, error } = await send(at, { conversationId, text: 'Hi', wait: true });
    expect({ status, stopReason, code: error?.code }).toMatchObject(outcome);
    expect([at.endpoint.requests.length - before, ran - ranBefore]).toEqual([tries, 0]);
    expect((await send(at, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
    expect(at.endpoint.refusals).toEqual([]);
  },
);

test('the words of a refusal are the answer', async () => {
  const conversationId = await newConversation(at);
  at.endpoint.answers({ refusal: 'I will not say.' });
  const run = await send(at, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  expect(textOf(await runEvents(at, run.id))).toBe('I will not say.');
});

test('a cancel in the middle of an answer keeps what was said, and hangs up', async () => {
  const conversationId = await newConversation(at);
  const closed = new Promise<void>((hold) =>
    at.endpoint.answers({ reasoning: ['Hm.'] }, { text: 'Once upon' }, { hold }),
  );
  const isSaid = eventsUntil(
    at,
    { conversationId },
    ({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.includes('upon'),
  );
  const { id: runId } = await send(at, { conversationId, text: 'Tell me a story' });
  await isSaid;
  expect(only((await at.execute(CANCEL, { runId })).cancelRun, 'CancelRunPayload').run.status).toBe('CANCELLED');
  await closed;
  expect((await history(at, conversationId)).messages.nodes.slice(2)).toMatchObject([
    { __typename: 'ReasoningMessage', text: 'Hm.', isPartial: true },
    { __typename: 'AssistantMessage', text: 'Once upon', isPartial: true },
  ]);
  expect((await send(at, { conversationId, text: 'Go on', wait: true })).status).toBe('COMPLETED');
  expect(at.endpoint.refusals).toEqual([]);
});
