import { expect, test } from 'vitest';
import { compact } from '../../../harness/compact.ts';
import { base64 } from '../../../harness/image-messages.ts';
import { dataUrl, PNG } from '../../../harness/images.ts';
import { startAtResponses } from '../../../harness/responses/start.ts';
import { firstConversation, history, readRun, runEvents, send, textOf } from '../../../harness/talk.ts';
import { testTool } from '../../../harness/test-tool.ts';

const calls = (name: string, given: object) => ({ call: { name, arguments: JSON.stringify(given) } });

const tools = () => new Map(['look', 'wait'].map((name) => testTool(name, { isParallel: true })));

const kindsOf = async (at: Parameters<typeof history>[0], conversationId: string) =>
  (await history(at, conversationId)).messages.nodes.map((message) => message.__typename.replace(/Message$/, ''));

test('a conversation of reasoning, parallel tools, an image and a failure is taken by a strict endpoint at every turn', async () => {
  await using at = await startAtResponses(tools());
  const conversationId = await firstConversation(at);
  at.endpoint.answers(
    { reasoning: ['Where is it?', 'I look.'] },
    { text: 'Let me see.', phase: 'commentary' },
    calls('look', { amount: 1 }),
    { reasoning: [] },
    calls('wait', { amount: 2 }),
  );
  at.endpoint.answers({ reasoning: [] }, { text: 'A den.', phase: 'final_answer' });
  const first = await send(at, { conversationId, text: 'Where is the fox?', wait: true });
  at.endpoint.answers({ text: 'Half' }, { failed: { code: 'server_error', message: 'Our fault.' } });
  const failed = await send(at, { conversationId, text: 'And now?', wait: true });
  at.endpoint.answers({ reasoning: ['A picture.'] }, calls('look', {}));
  const seen = { content: [{ text: 'What is that?' }, base64('image/png', PNG)] };
  const third = await send(at, { conversationId, messages: [seen], wait: true });

  expect(at.endpoint.refusals).toEqual([]);
  expect([first, failed, third].map(({ status }) => status)).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
  expect(failed.error).toEqual({ code: 'LLM_UNAVAILABLE', message: expect.stringContaining('Our fault.') });
  expect(textOf(await runEvents(at, first.id), 'ReasoningDelta')).toBe('Where is it?\n\nI look.');
  expect((await readRun(at, first.id)).usage).toMatchObject({
    promptTokens: 200,
    completionTokens: 40,
    totalTokens: 240,
    cachedInputTokens: 128,
    reasoningTokens: 24,
  });
  expect(await kindsOf(at, conversationId)).toEqual(
    'System User Reasoning Assistant ToolCall ToolReturn HiddenReasoning Assistant User Assistant User Reasoning ToolCall ToolReturn HiddenReasoning Assistant'.split(
      ' ',
    ),
  );
  const [reasoning, message, look, again, wait] = at.endpoint.requests[1]!.input.slice(2) as { call_id: string }[];
  expect([reasoning, message, look, again, wait]).toMatchObject([
    { type: 'reasoning', summary: [{ text: 'Where is it?' }, { text: 'I look.' }] },
    { role: 'assistant', content: 'Let me see.', phase: 'commentary' },
    { type: 'function_call', name: 'look', arguments: '{"amount":1}' },
    { type: 'reasoning', summary: [] },
    { type: 'function_call', name: 'wait', arguments: '{"amount":2}' },
  ]);
  expect(at.endpoint.requests[1]!.input.slice(7)).toEqual([
    { type: 'function_call_output', call_id: look!.call_id, output: 'look done' },
    { type: 'function_call_output', call_id: wait!.call_id, output: 'wait done' },
  ]);
  expect(at.endpoint.requests[3]!.input).toContainEqual({
    role: 'user',
    content: [
      { type: 'input_text', text: 'What is that?' },
      { type: 'input_image', image_url: dataUrl('image/png', PNG), detail: 'auto' },
    ],
  });
  expect(new Set(at.endpoint.requests.map((body) => body.prompt_cache_key))).toEqual(new Set([conversationId]));
});

test('reasoning goes back to no model but the one that it is of', async () => {
  await using at = await startAtResponses(tools());
  const conversationId = await firstConversation(at);
  at.endpoint.answers({ reasoning: ['Hm.'] }, { text: 'Hi' }, { text: 'there' });
  await send(at, { conversationId, text: 'Hi', wait: true });
  await send(at, { conversationId, text: 'And?', model: 'own/other', wait: true });
  await send(at, { conversationId, text: 'And?', wait: true });
  const items = at.endpoint.requests.slice(1).map(({ input }) => input.slice(2, -1));
  expect(items[0]).toEqual([{ role: 'assistant', content: 'Hi\n\nthere' }]);
  expect(items[1]?.slice(0, 3)).toMatchObject([{ type: 'reasoning' }, { content: 'Hi' }, { content: 'there' }]);
  expect(at.endpoint.refusals).toEqual([]);
});

test('settings go under the names that the endpoint has for them', async () => {
  await using at = await startAtResponses(tools());
  const conversationId = await firstConversation(at);
  const schema = { type: 'object', properties: {} };
  const modelSettings = {
    temperature: 0.5,
    topP: 0.9,
    maxOutputTokens: 70,
    reasoningEffort: 'LOW' as const,
    parallelToolCalls: false,
    responseFormat: { type: 'JSON_SCHEMA' as const, name: 'fox', schema, strict: true },
  };
  await send(at, { conversationId, text: 'Hi', modelSettings, wait: true });
  expect(at.endpoint.requests[0]).toMatchObject({
    store: false,
    include: ['reasoning.encrypted_content'],
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 70,
    reasoning: { effort: 'low', summary: 'auto' },
    parallel_tool_calls: false,
    text: { format: { type: 'json_schema', name: 'fox', schema, strict: true } },
  });
});

test('a compaction that asks the model itself asks where its cache is', async () => {
  await using at = await startAtResponses(tools());
  const conversationId = await firstConversation(at);
  at.endpoint.answers({ reasoning: ['Hm.'] }, calls('look', {}));
  await send(at, { conversationId, text: 'Where is the fox? '.repeat(50), wait: true });
  at.endpoint.answers({ text: 'They looked for a fox.' });
  await compact(at, { conversationId, settings: { mode: 'SELF_COMPACT_ALL' } });
  const [, last, own] = at.endpoint.requests;
  expect(own?.input.slice(0, last!.input.length)).toEqual(last!.input);
  expect([own?.prompt_cache_key, own?.tools]).toEqual([conversationId, last!.tools]);
  expect((await send(at, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
  expect(at.endpoint.refusals).toEqual([]);
});
