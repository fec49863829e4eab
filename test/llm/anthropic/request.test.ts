import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelMessage, ModelRequest } from '../../../src/agent/model.ts';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import { generationOf } from '../../../src/llm/anthropic/models.ts';
import { toAnthropicRequest } from '../../../src/llm/anthropic/request.ts';
import { dialectOf } from '../../../src/llm/dialects/rows.ts';
import { judgeMessages, type MessagesBody } from '../../harness/judge-anthropic.ts';
import { randomHistory, textsOf } from '../../harness/random-history.ts';
import { LOOK } from './ask.ts';

const HELLO = { role: 'user', text: 'Hello!' } as const;

function bodyOf(name: string, request: Partial<ModelRequest>) {
  const choice = { dialect: 'anthropic', switches: generationOf(name) };
  const dialect = dialectOf('https://api.anthropic.com', name, [choice]);
  const whole = { messages: [HELLO], tools: [], settings: {}, ...request };
  const target = { name, handle: `anthropic/${name}`, contextWindow: 200_000, dialect };
  return toAnthropicRequest(whole, target) as unknown as MessagesBody;
}

const SUMMARIZED = { type: 'adaptive', display: 'summarized' };
const BOUND = { ...SUMMARIZED, block_binding: { prefix_mismatch_behavior: 'drop_block' } };

test.for([
  ['claude-sonnet-5-5', 'LOW', BOUND, { effort: 'low' }],
  ['claude-fable-5-2', undefined, BOUND, undefined],
  ['claude-opus-5', 'HIGH', SUMMARIZED, { effort: 'high' }],
  ['claude-sonnet-6', undefined, BOUND, undefined],
  ['claude-opus-4-8', 'MINIMAL', SUMMARIZED, { effort: 'low' }],
  ['us.anthropic.claude-opus-4-6-v1', 'MEDIUM', SUMMARIZED, { effort: 'medium' }],
  ['claude-sonnet-4-6', undefined, undefined, undefined],
  ['claude-haiku-4-5-20251001', 'MEDIUM', { type: 'enabled', budget_tokens: 8192 }, undefined],
  ['claude-opus-4-20250514', 'HIGH', { type: 'enabled', budget_tokens: 16_384 }, undefined],
  ['claude-3-5-sonnet-20241022', 'HIGH', undefined, undefined],
  ['MiniMax-M2', 'LOW', { type: 'enabled', budget_tokens: 2048 }, undefined],
] as const)('%s is asked for %s reasoning as its generation takes it', ([name, reasoningEffort, thinking, output]) => {
  const body = bodyOf(name, { settings: { reasoningEffort } });
  expect(body.thinking).toEqual(thinking);
  expect(body.output_config).toEqual(output);
  expect(body.max_tokens).toBe(32_000);
});

test('a budget of thinking is smaller than the output, and left out where nothing of it would remain', () => {
  const settings = { reasoningEffort: 'HIGH', maxOutputTokens: 2000 } as const;
  expect(bodyOf('claude-haiku-4-5', { settings }).thinking).toMatchObject({ budget_tokens: 1999 });
  expect(bodyOf('claude-haiku-4-5', { settings: { ...settings, maxOutputTokens: 1000 } }).thinking).toBeUndefined();
});

test('a schema of the answer is put as the API takes it', () => {
  const schema = { type: 'object', properties: { b: { type: 'string' }, a: { type: 'integer', minimum: 1 } } };
  const { output_config: output } = bodyOf('claude-sonnet-5-5', {
    settings: { responseFormat: { type: 'JSON_SCHEMA', schema }, reasoningEffort: 'LOW' },
  });
  expect(output).toMatchObject({
    effort: 'low',
    format: { type: 'json_schema', schema: { additionalProperties: false } },
  });
  expect(JSON.stringify(output)).toMatch(/"b".*"a"/);
});

test('which call the answer must have, and whether there may be several, is one choice', () => {
  const choose = (toolChoice: ModelRequest['toolChoice'], parallelToolCalls?: boolean) =>
    bodyOf('claude-sonnet-5-5', { tools: [LOOK], toolChoice, settings: { parallelToolCalls } }).tool_choice;
  expect(choose(undefined)).toBeUndefined();
  expect(choose('none', false)).toEqual({ type: 'none' });
  expect(choose(undefined, false)).toEqual({ type: 'auto', disable_parallel_tool_use: true });
  expect(choose('required')).toEqual({ type: 'any' });
  expect(choose({ name: 'look' }, false)).toEqual({ type: 'tool', name: 'look', disable_parallel_tool_use: true });
});

test('images go as base64 or with their URL, and numbers keep their digits', () => {
  const parts = [{ imageUrl: 'data:image/png;base64,Zm94' }, { imageUrl: 'https://example.com/fox.png' }];
  const call = { id: 'a', name: 'look', arguments: '{"at":12345678901234567890}' };
  const messages: ModelMessage[] = [
    { role: 'user', text: '', parts },
    { role: 'assistant', text: '', toolCalls: [call] },
    { role: 'tool', toolCallId: 'a', text: ' ' },
  ];
  const sent = JSON.stringify(bodyOf('claude-sonnet-5-5', { messages, tools: [LOOK] }).messages);
  expect(sent).toContain('{"type":"image","source":{"type":"base64","media_type":"image/png","data":"Zm94"}}');
  expect(sent).toContain('{"type":"url","url":"https://example.com/fox.png"}');
  expect(sent).toContain('"input":{"at":12345678901234567890}');
});

test.for(['claude-sonnet-5-5', 'claude-haiku-4-5'])(
  'whatever a conversation holds, %s takes it, and no text is lost',
  (name) => {
    const given = fc.tuple(randomHistory(`anthropic/${name}`), fc.boolean());
    fc.assert(
      fc.property(given, ([context, hasTools]) => {
        const system = { role: 'system', text: 'You are a fox.' } as const;
        const messages = [system, ...buildPrompt(context, new Map()), HELLO];
        const settings = { reasoningEffort: 'LOW' } as const;
        const body = bodyOf(name, { messages, tools: hasTools ? [LOOK] : [], settings });
        expect(judgeMessages(body, true)).toBeUndefined();
        const sent = JSON.stringify(body.messages);
        for (const text of textsOf(context)) expect(sent).toContain(text);
      }),
      { numRuns: 1000 },
    );
  },
);
