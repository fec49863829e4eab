import { expect, test } from 'vitest';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, send } from '../../harness/talk.ts';

test('usage, steps and times are those of the run', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const usage = {
    prompt_tokens: 30,
    completion_tokens: 12,
    total_tokens: 42,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 4 },
  };
  server.model.answers('a', { usage });
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  const run = await readRun(server, id);
  expect(run).toMatchObject({
    kind: 'MESSAGE',
    attempt: 1,
    stepCount: 1,
    usage: {
      promptTokens: 30,
      completionTokens: 12,
      totalTokens: 42,
      cachedInputTokens: 8,
      reasoningTokens: 4,
      contextTokens: 42,
    },
    steps: [{ index: 0, status: 'SUCCEEDED', model: 'openai/test', provider: 'openai', usage: { totalTokens: 42 } }],
  });
  for (const at of [run.createdAt, run.startedAt, run.completedAt])
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(run.durationMs).toBeGreaterThanOrEqual(run.timeToFirstTokenMs!);
  expect((await history(server, conversationId)).lastRunCompletion).toBe(run.completedAt);
});

test('reasoning that the provider counts, and does not show, is in the history, and never told to the model', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('a', { usage: { completion_tokens_details: { reasoning_tokens: 4 } } });
  for (const text of ['Hi', 'And?']) await send(server, { conversationId, text, wait: true });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.slice(2, 4)).toMatchObject([
    { __typename: 'HiddenReasoningMessage', state: 'OMITTED' },
    { __typename: 'AssistantMessage', text: 'a' },
  ]);
  expect(messages.nodes.filter(({ __typename }) => __typename === 'HiddenReasoningMessage')).toHaveLength(1);
  expect(server.model.requests[1]?.body.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'user',
  ]);
});

test('what the provider does not say is null, not zero', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('a', { usage: null });
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  expect((await readRun(server, id)).usage).toMatchObject({
    promptTokens: null,
    totalTokens: null,
    reasoningTokens: null,
  });
});

test('model, settings and system prompt of one send hold for its run only', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const settings = { temperature: 0.5, topP: 0.9, maxOutputTokens: 99, reasoningEffort: 'LOW' as const };
  await send(server, {
    conversationId,
    text: '1',
    wait: true,
    model: 'other',
    modelSettings: settings,
    system: 'Be a pirate.',
  });
  await send(server, { conversationId, text: '2', wait: true });
  const [one, two] = server.model.requests.map(({ body }) => body);
  expect(one).toMatchObject({ model: 'other', temperature: 0.5, top_p: 0.9, reasoning_effort: 'low' });
  expect(one?.messages[0]).toMatchObject({ role: 'system', content: 'Be a pirate.' });
  expect(two).toMatchObject({ model: 'test' });
  expect(two).not.toHaveProperty('temperature');
  expect(two?.messages[0]?.content).not.toContain('pirate');
  const stored = (await history(server, conversationId)).messages.nodes[0];
  expect(stored).toMatchObject({ text: expect.not.stringContaining('pirate') });
});
