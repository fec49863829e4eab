import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import type {
  Model,
  ModelMessage,
  ModelPart,
  ModelSettings,
  ToolChoice,
  ToolDeclaration,
} from '../../../src/agent/model.ts';
import type { CompactionMode } from '../../../src/compaction-stats.ts';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { compileSystemPrompt, type PromptBlock } from '../../../src/agent/system-prompt.ts';
import { readConfig } from '../../../src/config.ts';
import { startOfflineProvider } from '../../../src/llm/offline/offline.ts';

const WEATHER: ToolDeclaration = {
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['c', 'f'] } },
    required: ['city', 'days', 'unit'],
  },
};

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

test.for<[string[], string | RegExp]>([
  [['My name is Ada.', 'hm', 'What is my name?'], 'Your name is Ada.'],
  [['My name is Ada.', 'No, my name is Eve.', 'What is my name?'], 'Your name is Eve.'],
  [['I live in Zurich.', 'Where do I live?'], 'You told me: you live in Zurich.'],
  [['I like strong coffee.', 'What do I like?'], 'You told me: you like strong coffee.'],
  [['The deployment broke on Friday.', 'When did the deployment break?'], /deployment broke on Friday/],
  [['What is my shoe size?'], 'You have not told me your shoe size yet.'],
  [['My name is Ada.'], /^Nice to meet you, Ada\./],
  [['I work on bridges.'], 'I will remember that you work on bridges.'],
  [['Count to 5'], '1, 2, 3, 4, 5'],
  [['The harvest was good this autumn.'], /harvest/],
  [[''], /listening/],
])('%j is answered from what was said: %s', async ([said, expected]) => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  expect((await say(offline.model, said)).text).toMatch(expected);
});

test('knows what the memory in the system prompt says of the user, and does not take the agent for the user', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const system =
    "<persona>\nMy name is Sam.\n</persona>\n<human>\nThe user's favourite colour is green.\nWorks at ACME.\n</human>";
  expect((await say(offline.model, ['What is my favourite colour?'], { system })).text).toBe(
    'Your favourite colour is green.',
  );
  expect((await say(offline.model, ['Where do I work?'], { system })).text).toBe('My memory says: Works at ACME.');
  expect((await say(offline.model, ['What is my job?'], { system })).text).not.toMatch(/Sam/);
});

const APPEND = builtInTools.find(({ name }) => name === 'core_memory_append')!;
const INSERT = builtInTools.find(({ name }) => name === 'memory_insert')!;

const promptWith = (...blocks: Partial<PromptBlock>[]) =>
  compileSystemPrompt({
    agentId: 'agent-1',
    conversationId: 'conv-1',
    system: 'You are a helpful agent.',
    blocks: blocks.map((block) => ({
      label: 'human',
      description: 'What you know of the name, the home and the work of the user.',
      value: '',
      limit: 1000,
      readOnly: false,
      ...block,
    })),
    toolRules: [],
  });

const EMPTY = promptWith({ label: 'persona', value: 'I am Sam.' }, {});

test.for<[string, string]>([
  ['My name is Ada.', "The user's name is Ada."],
  ['Hello, my name is Ada and I live in Zurich!', "The user's name is Ada. The user says that they live in Zurich."],
  ['I like strong coffee.', 'The user says that they like strong coffee.'],
  ["I'm tired of my cat", 'The user says that they are tired of their cat.'],
  ['Please remember that the gate is closed. Thanks.', 'The user says that the gate is closed.'],
])('writes into its memory what it is told, in the third person: %s', async ([said, content]) => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const { toolCalls, text } = await say(offline.model, [said], { system: EMPTY, tools: [WEATHER, APPEND, INSERT] });
  expect(text).toBe('');
  expect(toolCalls.map(({ name, arguments: given }) => [name, JSON.parse(given)])).toEqual([
    ['core_memory_append', { label: 'human', content }],
  ]);
});

test('writes into the first block that it may write to when it may not write to human, by the tool that there is', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const system = promptWith({ label: 'rules', readOnly: true }, { readOnly: true }, { label: 'a' }, { label: 'b' });
  const { toolCalls } = await say(offline.model, ['My name is Ada.'], { system, tools: [INSERT] });
  expect(toolCalls).toMatchObject([{ name: 'memory_insert' }]);
  expect(JSON.parse(toolCalls[0]!.arguments)).toEqual({ label: 'a', new_string: "The user's name is Ada." });
});

test.for<[string, string, Options]>([
  ['without a block', 'My name is Ada.', { tools: [APPEND] }],
  ['without a block to write to', 'My name is Ada.', { tools: [APPEND], system: promptWith({ readOnly: true }) }],
  ['without a tool', 'My name is Ada.', { tools: [WEATHER], system: EMPTY }],
  ['where tools are forbidden', 'My name is Ada.', { tools: [APPEND], system: EMPTY, toolChoice: 'none' }],
  ['when it knows', 'My name is Ada.', { tools: [APPEND], system: promptWith({ value: "The user's name is Ada." }) }],
  ['when it knows in other words', 'My name is Ada.', { tools: [APPEND], system: promptWith({ value: 'Name: Ada' }) }],
])('%s it answers without a call of a tool', async ([, said, options]) => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  expect(await say(offline.model, [said], options)).toMatchObject({
    toolCalls: [],
    text: 'Nice to meet you, Ada. I will remember your name.',
  });
});

test('writes what is true again, and only what is new', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const value = "The user's name is Ada.\nThe user's name is Eve.\nThe user says that they like tea.";
  const options = { system: promptWith({ value }), tools: [APPEND] };
  const { toolCalls } = await say(offline.model, ['My name is Ada. I like tea. I like rain.'], options);
  expect(JSON.parse(toolCalls[0]!.arguments).content).toBe(
    "The user's name is Ada. The user says that they like rain.",
  );
});

test('says that it will remember when its memory has the fact, and what kept it from that otherwise', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const options = { system: EMPTY, tools: [APPEND] };
  const { toolCalls } = await say(offline.model, ['I work on bridges.'], options);
  const after = async (text: string) => {
    const messages: ModelMessage[] = [
      { role: 'system', text: EMPTY },
      { role: 'user', text: 'I work on bridges.' },
      { role: 'assistant', text: '', toolCalls },
      { role: 'tool', toolCallId: toolCalls[0]!.id, text },
    ];
    const answer = await reply(offline.model, messages, options);
    expect(answer.toolCalls).toEqual([]);
    return answer.text;
  };
  expect(await after('The memory block "human" was changed: it has 5 of at most 1000 characters now.')).toBe(
    'I will remember that you work on bridges.',
  );
  expect(await after('Nothing was changed: the new text is too long.')).toBe(
    'The core_memory_append tool answered: Nothing was changed: the new text is too long.',
  );
});

test('an empty memory tells nothing of the user, whatever its blocks are for', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const { text } = await say(offline.model, ['What is my name?'], { system: EMPTY });
  expect(text).toBe('You have not told me your name yet.');
});

test('calls the tool it is asked for, and tells the result', async () => {
  await using offline = await startOfflineProvider(readConfig({}).modelLimits);
  const tools = [WEATHER];
  const given = await say(offline.model, ['call get_weather with {"city":"Rome","days":2}'], { tools });
  expect(given).toMatchObject({ text: '', finishReason: 'TOOL_CALLS' });
  expect(given.toolCalls).toEqual([
    { id: expect.stringMatching(/./), name: 'get_weather', arguments: '{"city":"Rome","days":2}' },
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

interface Options {
  system?: string;
  tools?: ToolDeclaration[];
  toolChoice?: ToolChoice;
  settings?: ModelSettings;
}

async function say(model: Model, said: string[], { system = 'You are a helpful agent.', ...options }: Options = {}) {
  return reply(
    model,
    [{ role: 'system', text: system }, ...said.map((text) => ({ role: 'user' as const, text }))],
    options,
  );
}

async function reply(model: Model, messages: ModelMessage[], { tools = [], toolChoice, settings = {} }: Options = {}) {
  const pieces: string[] = [];
  const signal = new AbortController().signal;
  const answer = await model.reply(
    { messages, tools, toolChoice, settings },
    ({ text }) => void pieces.push(text),
    signal,
  );
  return { ...answer, pieces };
}

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
