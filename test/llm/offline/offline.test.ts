import { expect, test } from 'vitest';
import type { ModelPart, ToolChoice } from '../../../src/agent/model.ts';
import type { CompactionMode } from '../../../src/compaction-stats.ts';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { readConfig } from '../../../src/config.ts';
import { startOfflineProvider } from '../../../src/llm/offline/offline.ts';
import { WEATHER, say, reply } from './offline-provider.ts';

interface Completion {
  choices: [{ message: { content: string } }];
}

async function complete({ baseUrl, apiKey }: { baseUrl: string; apiKey: string }, body: object): Promise<Completion> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'parley', ...body }),
  });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Completion;
}

test('streams word by word, the same answer to the same conversation, and reports usage', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const ask = () => say(offline.model, ['Who are you?']);
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(first.text).toMatch(/offline model/);
  expect(first.pieces.length).toBeGreaterThan(20);
  expect(first.pieces.join('')).toBe(first.text);
  expect(second).toEqual(first);
  expect(first.usage.completionTokens).toBe(Math.ceil(first.text.length / 4));
  expect(first.usage.promptTokens).toBeGreaterThan(0);
});

test('calls the tool it is asked for, and tells the result', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const tools = [WEATHER];
  const given = await say(offline.model, ['call get_weather with {"city":"Rome","days":9007199254740993}'], { tools });
  expect(given).toMatchObject({ text: '', finishReason: 'TOOL_CALLS' });
  expect(given.toolCalls).toEqual([
    { id: expect.stringMatching(/./), name: 'get_weather', arguments: '{"city":"Rome","days":9007199254740993}' },
  ]);

  const made = await say(offline.model, ['Please use the get_weather tool for "Paris", 3 days'], { tools });
  expect(JSON.parse(made.toolCalls[0]!.arguments)).toEqual({ city: 'Paris', days: 3, unit: 'c' });

  const told = await reply(
    offline.model,
    [
      { role: 'user', text: 'call get_weather' },
      { role: 'assistant', text: '', toolCalls: given.toolCalls },
      { role: 'tool', toolCallId: given.toolCalls[0]!.id, text: 'sunny, 21 degrees' },
    ],
    { tools },
  );
  expect(told).toMatchObject({ text: 'The get_weather tool answered: sunny, 21 degrees', toolCalls: [] });

  expect((await say(offline.model, ['call get_weather'])).toolCalls).toEqual([]);
});

test('calls a tool when the client demands it, and none when it forbids that', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const tools = [WEATHER, { name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const called = async (text: string, toolChoice: ToolChoice) =>
    (await say(offline.model, [text], { tools, toolChoice })).toolCalls.map(({ name }) => name);
  expect(await called('Hello', 'required')).toEqual(['get_weather']);
  expect(await called('use the look tool', 'required')).toEqual(['look']);
  expect(await called('use the get_weather tool', { name: 'look' })).toEqual(['look']);
  expect(await called('use the look tool', 'none')).toEqual([]);
});

test('summarizes a conversation in a few lines', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const said = [
    'My name is Ada.',
    'The bridge in Bern must be painted before winter.',
    'Please summarize our conversation.',
  ];
  const { text } = await say(offline.model, said);
  expect(text).toMatch(/^Summary of/);
  expect(text).toContain('name is Ada');
  expect(text).toContain('bridge in Bern');
  expect(text.split('\n').length).toBeLessThan(8);

  const transcript = 'user: My name is Bob.\nassistant: Hello Bob.\nuser: The roof leaks.';
  const task = await say(offline.model, [transcript], { system: 'Summarize the conversation you are given.' });
  expect(task.text).toMatch(/^Summary of[^]*The roof leaks/);
});

test.for<CompactionMode>(['ALL', 'SLIDING_WINDOW'])('summarizes a transcript in the mode %s', async (mode) => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const transcript = 'user: My name is Bob.\nassistant: Hello Bob.\nuser: The roof leaks.';
  const { text } = await say(offline.model, [transcript], { system: defaultPrompt(mode) });
  expect(text).toMatch(/^Summary of[^]*The roof leaks/);
});

test.for<CompactionMode>(['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'])(
  'summarizes what it is in the middle of in the mode %s, and calls no tool',
  async (mode) => {
    await using offline = await startOfflineProvider(readConfig({}).modelLimits);
    const said = ['My name is Ada.', 'The bridge in Bern must be painted before winter.', defaultPrompt(mode)];
    const { text, toolCalls } = await say(offline.model, said, { tools: [WEATHER] });
    expect(toolCalls).toEqual([]);
    expect(text).toMatch(/^Summary of[^]*name is Ada[^]*bridge in Bern/);
    expect(text).not.toContain('not a message from the user');
  },
);

test('says that it cannot see images, and does not count them as text', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const image = { imageUrl: `data:image/png;base64,${'A'.repeat(100_000)}` };
  const show = (...parts: ModelPart[]) => reply(offline.model, [{ role: 'user', text: '', parts }]);
  expect((await show(image)).text).toBe('I got 1 image, but I am the offline model and cannot see images.');
  const { text, usage } = await show({ text: 'Count to 3' }, image, image);
  expect(text).toMatch(/^I got 2 images/);
  expect(usage.promptTokens).toBeLessThan(100);
});

test('stops a long answer when the client leaves', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const leave = new AbortController();
  const pieces: string[] = [];
  const request = {
    messages: [{ role: 'user' as const, text: 'Tell me a long story about foxes' }],
    tools: [],
    settings: {},
  };
  const left = offline.model.reply(
    request,
    ({ text }) => {
      pieces.push(text);
      if (pieces.length === 10) leave.abort('cancel');
    },
    leave.signal,
  );
  await expect(left).rejects.toBe('cancel');
  expect(pieces.join('')).toMatch(/^Part 1\. /);
  expect((await say(offline.model, ['Count to 3'])).text).toBe('1, 2, 3');
});

test('a long story is long, and stops at the output limit', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const whole = await complete(offline, { messages: [{ role: 'user', content: 'Tell me a long story' }] });
  expect(whole.choices[0].message.content.split(' ').length).toBeGreaterThan(800);
  const cut = await say(offline.model, ['Tell me a long story'], { settings: { maxOutputTokens: 5 } });
  expect(cut).toMatchObject({ finishReason: 'LENGTH' });
  expect(cut.text).toHaveLength(20);
});

test('reasons when a reasoning effort is asked for', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const { reasoning, usage } = await say(offline.model, ['Count to 3'], { settings: { reasoningEffort: 'LOW' } });
  expect(reasoning).toBe('I am asked to count.');
  expect(usage.reasoningTokens).toBe(5);
});

test('refuses who does not know its key, other models and other paths', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const messages = [{ role: 'user', content: 'hi' }];
  await expect(complete({ ...offline, apiKey: 'guess' }, { messages })).rejects.toThrow('401');
  await expect(complete(offline, { messages, model: 'gpt-5' })).rejects.toThrow('404');
  await expect(complete(offline, {})).rejects.toThrow('400');
});

test('is gone when it is disposed', async () => {
  const offline = await startOfflineProvider(readConfig({}).modelLimits);
  await offline[Symbol.asyncDispose]();
  await expect(say(offline.model, ['hi'])).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
});
