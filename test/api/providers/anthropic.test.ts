import { expect, test } from 'vitest';
import { startAtAnthropic } from '../../harness/at-anthropic.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { CANCEL } from '../../harness/documents.ts';
import { base64 } from '../../harness/image-messages.ts';
import { PNG } from '../../harness/images.ts';
import { signatureOf } from '../../harness/judge-anthropic.ts';
import { eventsUntil, history, readRun, send } from '../../harness/talk.ts';

const MODEL = 'claude-sonnet-5-5';
const thought = (thinking: string) => ({ type: 'thinking', thinking, signature: signatureOf(MODEL, thinking) });

test('turns with thinking, parallel tools, an image, a failure and a cancel: every next message is answered', async () => {
  await using at = await startAtAnthropic();
  const { endpoint, server, conversationId, say } = at;
  endpoint.answers({ thinking: 'A greeting.' }, 'Hello!');
  expect(await say('Hi')).toMatchObject({ status: 'COMPLETED' });

  endpoint.answers(
    { thinking: 'Two things.' },
    'Let me see.',
    { call: 'look' },
    { thinking: 'And.' },
    { call: 'wait' },
  );
  endpoint.answers({ redacted: 'c2VjcmV0' }, 'Done.');
  expect(await say('Look and wait!')).toMatchObject({ status: 'COMPLETED' });

  expect(
    await say('', { text: null, messages: [{ content: [{ text: 'See' }, base64('image/png', PNG)] }] }),
  ).toMatchObject({
    status: 'COMPLETED',
  });

  endpoint.answers({ status: 529, body: { type: 'overloaded_error', message: 'Overloaded' } });
  expect(await say('Busy?')).toMatchObject({ status: 'FAILED', error: { code: 'LLM_UNAVAILABLE' } });
  endpoint.answers('Hel', { error: { type: 'overloaded_error', message: 'Overloaded' } });
  expect(await say('Still?')).toMatchObject({ status: 'FAILED', error: { code: 'LLM_UNAVAILABLE' } });

  endpoint.answers({ thinking: 'Once.' }, 'Once upon ', { stall: true });
  const left = endpoint.left();
  const run = await send(server, { conversationId, text: 'Tell me a story' });
  await eventsUntil(
    server,
    { conversationId },
    ({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.includes('upon'),
  );
  await server.execute(CANCEL, { runId: run.id });
  await left;
  expect((await readRun(server, run.id)).status).toBe('CANCELLED');

  endpoint.answers({ thinking: 'The end.' }, 'Good night!');
  expect(await say('Good night')).toMatchObject({ status: 'COMPLETED' });
  expect(endpoint.requests.map(({ refusal }) => refusal)).toEqual(endpoint.requests.map(() => undefined));

  const sent = endpoint.requests.at(-1)!;
  expect(sent.headers['authorization']).toBe('Bearer den-of-the-fox');
  expect(sent.body.messages[1]).toEqual({
    role: 'assistant',
    content: [thought('A greeting.'), { type: 'text', text: 'Hello!' }],
  });
  expect(sent.body.messages.slice(3, 6)).toMatchObject([
    {
      role: 'assistant',
      content: [thought('Two things.'), { text: 'Let me see.' }, { name: 'look' }, thought('And.'), { name: 'wait' }],
    },
    { role: 'user', content: [{ content: 'look done' }, { content: 'wait done' }] },
    { role: 'assistant', content: [{ type: 'redacted_thinking', data: 'c2VjcmV0' }, { text: 'Done.' }] },
  ]);
  expect(JSON.stringify(sent.body.messages)).toContain(`"data":"${PNG.toString('base64')}"`);
  const kinds = (await history(server, conversationId)).messages.nodes.map(({ __typename: type }) => type);
  expect(kinds.slice(1, 9)).toEqual([
    'UserMessage',
    'ReasoningMessage',
    'AssistantMessage',
    'UserMessage',
    'ReasoningMessage',
    'AssistantMessage',
    'ToolCallMessage',
    'ToolReturnMessage',
  ]);
});

test('what a model thought goes to that model only', async () => {
  await using at = await startAtAnthropic();
  at.endpoint.answers({ thinking: 'A greeting.' }, { call: 'look', id: 'toolu_fox' });
  await at.say('Hi');
  const other = await at.say('And you?', {
    model: 'anthropic/claude-haiku-4-5',
    modelSettings: { reasoningEffort: 'LOW' },
  });
  expect(other).toMatchObject({ status: 'COMPLETED' });
  expect(JSON.stringify(at.endpoint.requests.at(-1)?.body)).not.toMatch(/A greeting|sig\+|toolu_fox/);
  await at.say('And now?');
  expect(JSON.stringify(at.endpoint.requests.at(-1)?.body)).toMatch(/A greeting.*toolu_fox/);
  expect(at.endpoint.requests.every(({ refusal }) => refusal === undefined)).toBe(true);
});

test('a call finds the prompt of the call before in the cache, whatever came between', async () => {
  await using at = await startAtAnthropic();
  const { endpoint, say, server } = at;
  endpoint.answers({ thinking: 'Many.' }, ...Array.from({ length: 12 }, () => ({ call: 'look' })));
  const first = await readRun(server, (await say('Look twelve times!')).id);
  const [before, after] = [endpoint.requests[0]!, endpoint.requests[1]!].map(({ usage }) => usage!);
  expect(before!.cache_read_input_tokens).toBe(0);
  expect(after!.cache_read_input_tokens).toBe(before!.cache_creation_input_tokens);
  expect(first.usage).toMatchObject({
    promptTokens:
      before!.cache_creation_input_tokens + after!.cache_creation_input_tokens + after!.cache_read_input_tokens,
    cachedInputTokens: after!.cache_read_input_tokens,
    reasoningTokens: 10,
  });
});

test('an answer that the provider refuses to give fails the run, and the next message is answered', async () => {
  await using at = await startAtAnthropic();
  at.endpoint.answers('I ', { stop: 'refusal' });
  expect(await at.say('Tell me')).toMatchObject({ status: 'FAILED', error: { code: 'LLM_CONTENT_FILTER' } });
  expect(await at.say('And now?')).toMatchObject({ status: 'COMPLETED' });
});

test('an answer that fills the window makes room for itself', async () => {
  await using at = await startAtAnthropic();
  await captureExchanges(at.server, at.conversationId, 6);
  at.endpoint.answers('Once ', { stop: 'model_context_window_exceeded' });
  at.endpoint.answers('They greeted each other.');
  const { id } = await at.say('Tell me a story');
  expect(await readRun(at.server, id)).toMatchObject({ status: 'COMPLETED' });
});
