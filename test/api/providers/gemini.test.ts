import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { CANCEL, RUN_EVENTS } from '../../harness/documents.ts';
import { callOf, startFakeGemini, thought, type FakeGemini } from '../../harness/fake-gemini.ts';
import { base64 } from '../../harness/image-messages.ts';
import { PNG } from '../../harness/images.ts';
import { startOwnServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, runEvents, send, textOf } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const LEFT_OUT = graphql(`
  query LeftOutAtGemini($runId: ID!) {
    run(id: $runId) {
      steps {
        leftOut
      }
    }
  }
`);

/** A server with a strict Gemini endpoint beside the usual one, and a conversation with a model of Gemini 3. */
async function startWithGemini() {
  await using stack = new AsyncDisposableStack();
  const gemini = stack.use(await startFakeGemini());
  const tools = new Map(['look', 'wait'].map((name) => testTool(name, { isParallel: true })));
  const environment = { GEMINI_API_KEY: 'key', GEMINI_BASE_URL: gemini.baseUrl, MODEL_TRIES: '1' };
  const server = stack.use(await startOwnServer({ ...environment, DEFAULT_MODEL: 'gemini/gemini-3.8-flash' }, tools));
  const conversationId = await firstConversation(server);
  const all = stack.move();
  return { server, gemini, conversationId, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const result = (name: string, id?: string) => ({
  functionResponse: { ...(id && { id }), name, response: { output: `${name} done` } },
});

const lastContents = ({ requests }: FakeGemini) => requests.at(-1)?.body.contents ?? [];

test('a conversation with thoughts, parallel calls, signatures and an image goes on for several turns', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  const first = callOf('look', { amount: 1 }, { id: 'fc-1', thoughtSignature: 'c2lnMQ==' });
  const second = callOf('wait', {}, { id: 'fc-2' });
  const next = callOf('look', { amount: 2 }, { thoughtSignature: 'c2lnMg==' });
  gemini.answers({ parts: [thought('Two at once.')] }, { parts: [first, second] });
  gemini.answers({ parts: [thought('Once more.')] }, 'Wait. ', { parts: [next] });
  gemini.answers('A ', 'fox', { parts: [{ text: '.', thoughtSignature: 'c2lnMw==' }] });
  const run = await send(server, { conversationId, text: 'Look!', wait: true });
  expect([run, gemini.refusals]).toMatchObject([{ status: 'COMPLETED', error: null }, []]);
  expect(lastContents(gemini).slice(-4)).toEqual([
    { role: 'model', parts: [first, second] },
    { role: 'user', parts: [result('look', 'fc-1'), result('wait', 'fc-2')] },
    { role: 'model', parts: [{ text: 'Wait. ' }, next] },
    { role: 'user', parts: [result('look')] },
  ]);
  expect(gemini.requests[0]?.headers['x-goog-api-key']).toBe('key');
  expect(gemini.requests[0]?.body.systemInstruction?.parts?.[0]?.text).toBeTruthy();

  const image = { content: [{ text: 'And that?' }, base64('image/png', PNG)] };
  const { status } = await send(server, { conversationId, messages: [image], wait: true });
  expect([status, gemini.refusals]).toEqual(['COMPLETED', []]);
  const signed = { text: '.', thoughtSignature: 'c2lnMw==' };
  expect(lastContents(gemini).slice(-2)).toEqual([
    { role: 'model', parts: [{ text: 'A fox' }, signed] },
    {
      role: 'user',
      parts: [{ text: 'And that?' }, { inlineData: { mimeType: 'image/png', data: PNG.toString('base64') } }],
    },
  ]);
  const { messages } = await history(server, conversationId);
  expect(messages.nodes).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ __typename: 'ReasoningMessage', text: 'Two at once.' }),
      expect.objectContaining({ __typename: 'AssistantMessage', text: 'A fox.', model: 'gemini/gemini-3.8-flash' }),
    ]),
  );
  expect((await readRun(server, run.id)).usage).toMatchObject({
    promptTokens: 300,
    completionTokens: 75,
    cachedInputTokens: 120,
    reasoningTokens: 15,
  });
  expect(textOf(await runEvents(server, run.id), 'ReasoningDelta')).toBe('Two at once.Once more.');
});

test('signatures go to the model that wrote them only, and calls of others are taken without', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  gemini.answers({ parts: [callOf('look', {}, { id: 'fc-1', thoughtSignature: 'c2ln' })] }, { finish: 'STOP' });
  await send(server, { conversationId, text: 'Look!', wait: true, maxSteps: 1 });
  for (const model of ['gemini/gemini-3.5-flash', 'openai/fox', 'gemini/gemini-3.8-flash']) {
    server.model.answers({ toolCall: { name: 'wait', arguments: {}, id: 'call_1' } });
    const run = await send(server, { conversationId, text: 'And now?', wait: true, model });
    expect([model, run.status, gemini.refusals]).toEqual([model, 'COMPLETED', []]);
  }
  expect(JSON.stringify(gemini.requests.at(-2)?.body)).not.toMatch(/c2ln|fc-1/);
  expect(JSON.stringify(server.model.requests)).not.toMatch(/c2ln|fc-1/);
  expect(JSON.stringify(gemini.requests.at(-1)?.body)).toMatch(/fc-1.*c2ln/);
  expect(JSON.stringify(gemini.requests.at(-1)?.body)).not.toContain('call_1');
});

test('signatures that Google takes no more are left out, and the conversation goes on', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  const calls = [callOf('look', {}, { thoughtSignature: 'c2lnMQ==' }), callOf('wait')];
  gemini.answers({ parts: calls });
  gemini.answers('A fox', { parts: [{ text: '', thoughtSignature: 'c2lnMg==' }] });
  await send(server, { conversationId, text: 'Look!', wait: true });
  gemini.forgetsSignatures();
  const run = await send(server, { conversationId, text: 'And now?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', error: null });
  expect(gemini.refusals).toEqual(['Corrupted thought signature.']);
  expect(JSON.stringify(lastContents(gemini))).not.toContain('c2ln');
});

test('a cancel in the middle of an answer closes the connection, and the next message is answered', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  gemini.answers({ parts: [thought('Hm.')] }, 'Once upon', { stall: true });
  const { id: runId } = await send(server, { conversationId, text: 'Tell!' });
  for await (const { runEvents } of server.subscribe(RUN_EVENTS, { runId }))
    if (runEvents.node.__typename === 'AssistantTextDelta') break;
  await server.execute(CANCEL, { runId });
  await gemini.stalled[0]?.closed;
  expect(await send(server, { conversationId, text: 'And now?', wait: true })).toMatchObject({ status: 'COMPLETED' });
  expect(gemini.refusals).toEqual([]);
  const { messages } = await history(server, conversationId);
  expect(messages.nodes).toContainEqual(expect.objectContaining({ text: 'Once upon', isPartial: true }));
});

test('after a step that failed, and a run that ended behind a call, the next message is answered', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  gemini.answers({ parts: [callOf('look', {}, { thoughtSignature: 'c2ln' })] });
  gemini.answers({ status: 503 });
  const failed = await send(server, { conversationId, text: 'Look!', wait: true });
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'LLM_UNAVAILABLE' } });
  gemini.answers({ finish: 'MALFORMED_FUNCTION_CALL' });
  expect((await send(server, { conversationId, text: 'Look!', wait: true })).status).toBe('FAILED');
  const next = await send(server, { conversationId, text: 'And now?', wait: true });
  expect([next.status, gemini.refusals]).toEqual(['COMPLETED', []]);
});

test('a prompt that Google blocks leaves the context, and the next message is answered', async () => {
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  gemini.answers({ blocked: 'PROHIBITED_CONTENT' });
  const blocked = await send(server, { conversationId, text: 'poison', wait: true });
  expect(blocked).toMatchObject({
    status: 'FAILED',
    error: { message: expect.stringContaining('PROHIBITED_CONTENT') },
  });
  expect((await send(server, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
  expect(JSON.stringify(lastContents(gemini))).not.toContain('poison');
});

const refusals = [
  ['Thinking level is not supported for this model.', 'thinkingLevel', ['reasoningEffort']],
  [
    "Function calling with a response mime type: 'application/json' is unsupported",
    'responseMimeType',
    ['responseFormat'],
  ],
] as const;

test.for(refusals)('a setting that is refused with "%s" is left out, at once and from then on', async (refusal) => {
  const [words, parameter, leftOut] = refusal;
  await using at = await startWithGemini();
  const { server, gemini, conversationId } = at;
  gemini.refuses(({ body }) => (JSON.stringify(body.generationConfig).includes(parameter) ? words : undefined));
  const responseFormat = { type: 'JSON_SCHEMA', name: 'fox', schema: { type: 'object', properties: {} } } as const;
  const modelSettings = { reasoningEffort: 'LOW', responseFormat } as const;
  for (const calls of [2, 3]) {
    const run = await send(server, { conversationId, text: 'Look!', wait: true, modelSettings });
    expect(run).toMatchObject({ status: 'COMPLETED', error: null });
    expect((await server.execute(LEFT_OUT, { runId: run.id })).run?.steps).toEqual([{ leftOut }]);
    expect(gemini.requests).toHaveLength(calls);
  }
});
