import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelRequest, ModelSettings } from '../../../src/agent/model.ts';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import { dialectOf } from '../../../src/llm/dialects/rows.ts';
import { toBody, toGoogleRequest } from '../../../src/llm/google/request.ts';
import { judgeGemini, type GeminiBody } from '../../harness/gemini-judge.ts';
import { randomHistory, textsOf } from '../../harness/random-history.ts';

const LOOK = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };
const NAME = 'gemini-3.8-flash';
const HANDLE = `gemini/${NAME}`;

function bodyOf(request: Partial<ModelRequest>, name = NAME) {
  const dialect = dialectOf('http://127.0.0.1', name, [{ dialect: 'google' }]);
  const whole = { messages: [{ role: 'user' as const, text: 'Hi' }], tools: [LOOK], settings: {}, ...request };
  return toBody(toGoogleRequest(whole, { name, handle: `gemini/${name}`, dialect })) as unknown as GeminiBody;
}

test('whatever a conversation holds, Gemini 3 takes it, each call has its return, and no text is lost', () => {
  fc.assert(
    fc.property(fc.tuple(randomHistory(HANDLE), fc.boolean()), ([context, hasTools]) => {
      const system = { role: 'system', text: 'You are a fox.' } as const;
      // A run always has something to answer.
      const messages = [system, ...buildPrompt(context, new Map()), { role: 'user' as const, text: 'And now?' }];
      const body = bodyOf({ messages, tools: hasTools ? [LOOK] : [] });
      expect(judgeGemini(body, NAME, () => true)).toBeUndefined();
      const sent = JSON.stringify(body.contents);
      for (const text of textsOf(context)) expect(sent).toContain(text);
      expect(sent).not.toContain('sig other/model');
    }),
    { numRuns: 1000 },
  );
});

const generation = (settings: ModelSettings, name?: string) => bodyOf({ settings }, name).generationConfig;

test('settings go into the generation config, and what is left open stays out', () => {
  expect(generation({ temperature: 0.2, topP: 0.5, maxOutputTokens: 50, reasoningEffort: 'LOW' })).toEqual({
    temperature: 0.2,
    topP: 0.5,
    maxOutputTokens: 50,
    thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
  });
  expect(generation({})).toEqual({ thinkingConfig: { includeThoughts: true } });
  expect(generation({}, 'gemma-3-27b-it')).toBeUndefined();
});

test('the effort is a level since Gemini 3, the lowest that the model has, and a budget before', () => {
  const thinking = (reasoningEffort: 'MINIMAL' | 'HIGH', name: string) =>
    generation({ reasoningEffort }, name)?.thinkingConfig;
  expect(thinking('MINIMAL', 'gemini-3.8-flash')).toMatchObject({ thinkingLevel: 'LOW' });
  expect(thinking('MINIMAL', 'gemini-3.5-flash-lite')).toMatchObject({ thinkingLevel: 'MINIMAL' });
  expect(thinking('HIGH', 'gemini-2.5-flash-lite')).toEqual({ includeThoughts: true, thinkingBudget: 24_576 });
});

test('a response format is a media type and a schema whose keys keep their order', () => {
  const schema = { type: 'object', properties: { reasoning: { type: 'string' }, answer: { type: 'string' } } };
  const config = generation({ responseFormat: { type: 'JSON_SCHEMA', schema } });
  expect(config).toMatchObject({ responseMimeType: 'application/json', responseJsonSchema: schema });
  expect(JSON.stringify(config)).toContain(JSON.stringify(schema));
  expect(generation({ responseFormat: { type: 'JSON_OBJECT' } })).toMatchObject({
    responseMimeType: 'application/json',
  });
  expect(generation({ responseFormat: { type: 'TEXT' } })).toMatchObject({ responseMimeType: 'text/plain' });
});

test('a tool choice is a mode, and names the tool', () => {
  const config = (toolChoice: ModelRequest['toolChoice']) => bodyOf({ toolChoice }).toolConfig?.functionCallingConfig;
  expect(config(undefined)).toBeUndefined();
  expect(config('none')).toEqual({ mode: 'NONE' });
  expect(config('required')).toEqual({ mode: 'ANY' });
  expect(config({ name: 'look' })).toEqual({ mode: 'ANY', allowedFunctionNames: ['look'] });
  expect(bodyOf({ tools: [], toolChoice: 'required' }).toolConfig).toBeUndefined();
});

test('an image goes with its bytes, or by its address with its type', () => {
  const parts = ['data:image/png;base64,Zm94', 'https://example.com/fox.webp?size=1'].map((imageUrl) => ({ imageUrl }));
  const { contents } = bodyOf({ messages: [{ role: 'user', text: '', parts: [{ text: 'What?' }, ...parts] }] });
  expect(contents).toEqual([
    {
      role: 'user',
      parts: [
        { text: 'What?' },
        { inlineData: { mimeType: 'image/png', data: 'Zm94' } },
        { fileData: { fileUri: 'https://example.com/fox.webp?size=1', mimeType: 'image/webp' } },
      ],
    },
  ]);
});

test('signed text goes back in the pieces that it came in, and unsigned once it is another text', () => {
  const reasoningData = { length: 10, signatures: [{ start: 6, end: 10, thoughtSignature: 'c2ln' }] };
  const partsOf = (text: string, origin = HANDLE) =>
    bodyOf({
      messages: [
        { role: 'user', text: 'Hi' },
        { role: 'assistant', text, toolCalls: [], origin, reasoningData },
        { role: 'user', text: 'And now?' },
      ],
    }).contents?.[1]?.parts;
  expect(partsOf('Hello fox.')).toEqual([{ text: 'Hello ' }, { text: 'fox.', thoughtSignature: 'c2ln' }]);
  expect(partsOf('Hello goose.')).toEqual([{ text: 'Hello goose.' }]);
  expect(partsOf('Hello fox.', 'gemini/other')).toEqual([{ text: 'Hello fox.' }]);
});
