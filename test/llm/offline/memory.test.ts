import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import type { ModelMessage } from '../../../src/agent/model.ts';
import { compileSystemPrompt, type PromptBlock } from '../../../src/agent/system-prompt.ts';
import { readConfig } from '../../../src/config.ts';
import { startOfflineProvider } from '../../../src/llm/offline/offline.ts';
import { WEATHER, type Options, say, reply } from './offline-provider.ts';

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
