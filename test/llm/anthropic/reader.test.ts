import { expect, test } from 'vitest';
import type { ModelDelta } from '../../../src/agent/model.ts';
import { createAnswer } from '../../../src/llm/anthropic/answer.ts';
import { createEventReader } from '../../../src/llm/server-sent-events.ts';
import { eventsOf, type AnthropicPart } from '../../harness/fake-anthropic.ts';
import { signatureOf } from '../../harness/judge-anthropic.ts';

const ENDPOINT = { provider: 'fox', baseUrl: 'http://127.0.0.1:1' };
const REQUEST = { model: 'fox-1', max_tokens: 1, messages: [] };
const USAGE = { input_tokens: 7, cache_read_input_tokens: 100, cache_creation_input_tokens: 10 };

function read(bytes: Buffer, ...cuts: number[]) {
  const cut = createEventReader();
  const answer = createAnswer(ENDPOINT, 1_000_000);
  const deltas: ModelDelta[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    for (const data of cut(bytes.subarray(from, to))) deltas.push(...answer.add(data));
    from = to;
  }
  return { deltas, reply: answer.reply(), isWhole: answer.isWhole() };
}

const joined = (deltas: ModelDelta[], type: ModelDelta['type'], index?: number) =>
  deltas.map((one) => (one.type === type && (one.type !== 'toolCall' || one.index === index) ? one.text : '')).join('');

const PARTS: AnthropicPart[] = [
  { thinking: 'Hm 🦊' },
  { redacted: 'c2VjcmV0' },
  'Äh, a fox 🦊.',
  { thinking: 'Two?' },
  { call: 'look', given: { at: '🦊' }, id: 'toolu_1' },
  { call: 'wait', given: '', id: 'toolu_2' },
];

test('an answer comes out the same wherever its bytes are cut', () => {
  const bytes = Buffer.from(eventsOf(PARTS, REQUEST, USAGE));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { deltas, reply, isWhole } = read(bytes, cut, Math.min(cut + 3, bytes.length));
    expect(isWhole).toBe(true);
    expect(reply).toEqual({
      text: 'Äh, a fox 🦊.',
      reasoning: 'Hm 🦊\n\nTwo?',
      toolCalls: [
        { id: 'toolu_1', name: 'look', arguments: '{"at":"🦊"}' },
        { id: 'toolu_2', name: 'wait', arguments: '{}' },
      ],
      finishReason: 'TOOL_CALLS',
      usage: {
        promptTokens: 117,
        completionTokens: 20,
        totalTokens: 137,
        cachedInputTokens: 100,
        cacheWriteTokens: 10,
        reasoningTokens: 5,
      },
      reasoningData: {
        anthropic: [
          { type: 'thinking', thinking: 'Hm 🦊', signature: signatureOf('fox-1', 'Hm 🦊') },
          { type: 'redacted_thinking', data: 'c2VjcmV0' },
          { text: [0, 13] },
          { type: 'thinking', thinking: 'Two?', signature: signatureOf('fox-1', 'Two?') },
          { call: 0 },
          { call: 1 },
        ],
      },
    });
    expect(joined(deltas, 'text')).toBe(reply.text);
    expect(joined(deltas, 'reasoning')).toBe(reply.reasoning);
    expect(reply.toolCalls.map((_call, index) => joined(deltas, 'toolCall', index))).toEqual(['{"at":"🦊"}', '{}']);
  }
});

test('thinking that cannot be stored to the letter does not go back', () => {
  const { reply } = read(Buffer.from(eventsOf([{ thinking: 'a\0b' }, 'Hi'], REQUEST, USAGE)));
  expect(reply).toMatchObject({ text: 'Hi', reasoning: 'ab' });
  expect(reply.reasoningData).toBeUndefined();
});

test('an answer that is longer than the limit is not read', () => {
  const answer = createAnswer(ENDPOINT, 10);
  const events = createEventReader()(Buffer.from(eventsOf(['0123456789', 'x'], REQUEST, USAGE)));
  expect(() => events.forEach((data) => answer.add(data))).toThrow('longer than 10 bytes');
});
