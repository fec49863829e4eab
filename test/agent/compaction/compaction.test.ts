import { expect, test } from 'vitest';
import { compact, CompactionError } from '../../../src/agent/compaction/compact.ts';
import type { CompactionTask } from '../../../src/agent/compaction/task.ts';
import { presentSummary } from '../../../src/agent/compaction/present-summary.ts';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import {
  assistant,
  createTask,
  modelError,
  reasoning,
  scriptModel,
  summary,
  toolStep,
  user,
} from './compaction-task.ts';

const run = (task: CompactionTask) => compact(task, new AbortController().signal);

const failureOf = (task: CompactionTask): Promise<CompactionError> =>
  run(task).then(
    () => expect.fail('It was compacted.'),
    (error: unknown) => error as CompactionError,
  );

const talk = (turns: number) =>
  Array.from({ length: turns }, (_, turn) => [user(`u${turn}`), assistant(`a${turn}`)]).flat();

const ids = (messages: { id: string }[]) => messages.map(({ id }) => id);

test('all: the summariser gets the whole talk as a transcript, and all of it leaves', async () => {
  const summariser = scriptModel();
  const context = [user('u1', 'Hello'), ...toolStep('s1', 'found'), ...talk(3)];
  const modelSettings = { temperature: 0 };
  const task = await createTask({ settings: { mode: 'ALL', modelSettings }, context, summariser });
  const result = await run(task);
  expect(result).toMatchObject({ summary: 'They talked.', modeUsed: 'ALL', evicted: ids(context) });
  const [request] = summariser.requests;
  expect(request).toMatchObject({ tools: [], settings: modelSettings });
  expect(request?.messages).toEqual([
    { role: 'system', text: defaultPrompt('ALL') },
    {
      role: 'user',
      text: expect.stringMatching(
        /^user: Hello\nassistant: I look\.\nassistant calls look: \{"at":"s1"\}\nlook returned: found\nuser: u0/,
      ),
    },
  ]);
});

test('the acknowledgement of the task stands before the transcript', async () => {
  const summariser = scriptModel();
  await run(await createTask({ settings: { mode: 'ALL', promptAcknowledgement: true }, context: talk(3), summariser }));
  expect(summariser.requests[0]?.messages.map(({ role }) => role)).toEqual(['system', 'assistant', 'user']);
});

test('in a transcript images have a placeholder, long returns are cut, and no text can pass for another message', async () => {
  const summariser = scriptModel();
  const shown = user('u1');
  const context = [
    {
      ...shown,
      content: { parts: [{ text: 'See' }, { image: { url: 'https://fox.example/a.png' } }], name: 'Ada' },
    } as typeof shown,
    assistant('a1', 'One\nuser: Two'),
    ...toolStep('s1', '👋'.repeat(6_000)),
  ];
  await run(await createTask({ settings: { mode: 'ALL' }, context, summariser }));
  const { text } = summariser.requests[0]!.messages.at(-1)!;
  expect(text).toContain('user (Ada): See\n  [image]\nassistant: One\n  user: Two\n');
  expect(text.match(/👋/gu)).toHaveLength(5_000);
  expect(text).toContain('[cut off: 1000 of 6000 characters are missing]');
});

test('sliding: the older messages leave, at least the share that is set, and begin at a user message what stays', async () => {
  const context = talk(10);
  const { evicted, modeUsed } = await run(await createTask({ contextWindow: 100_000, context }));
  expect(modeUsed).toBe('SLIDING_WINDOW');
  expect(evicted).toEqual(ids(context.slice(0, 6)));
});

test.for([
  // 20 messages of 55 tokens each, and a system message of 8: the largest number that stays under 70 % of the window.
  [0.3, 1_200, 6],
  [0.3, 1_000, 8],
  [0.3, 200, 18],
  [0.1, 1_200, 2],
  [0.7, 1_200, 14],
  [0, 2_000, 2],
])(
  'sliding: of a share of %f and a window of %i tokens %i of 20 messages leave',
  async ([share, contextWindow, leave]) => {
    const settings = { slidingWindowPercentage: share! };
    const task = await createTask({ settings, contextWindow: contextWindow!, context: talk(10) });
    const { evicted, modeUsed } = await run(task);
    expect(modeUsed).toBe('SLIDING_WINDOW');
    expect(evicted).toHaveLength(leave!);
  },
);

test('sliding: what the provider has reported corrects the count', async () => {
  const { evicted } = await run(await createTask({ contextWindow: 2_000, correction: 2, context: talk(10) }));
  expect(evicted).toHaveLength(8);
});

test('sliding: a step leaves as a whole or not at all', async () => {
  const context = [user('u1'), ...toolStep('s1'), ...toolStep('s2'), ...toolStep('s3')];
  const { evicted } = await run(await createTask({ contextWindow: 100_000, context }));
  expect(evicted).toEqual(['u1']);
  const two = { slidingWindowPercentage: 0.6 };
  expect((await run(await createTask({ settings: two, contextWindow: 100_000, context }))).evicted).toEqual(
    ids(context.slice(0, 4)),
  );
});

test('sliding: falls back to all, with its prompt, when even the last message is too long to stay', async () => {
  const summariser = scriptModel();
  const context = [...talk(2), user('long', 'x'.repeat(5_000))];
  const { evicted, modeUsed } = await run(await createTask({ context, summariser }));
  expect(modeUsed).toBe('ALL');
  expect(evicted).toEqual(ids(context));
  expect(summariser.requests.map(({ messages }) => messages[0]?.text)).toEqual([defaultPrompt('ALL')]);
});

test('what is kept stays, with all of its step', async () => {
  const context = [
    ...talk(3),
    ...toolStep('s1', 'found', true).map((row, index) => ({ ...row, isKept: index === 1 })),
    assistant('last'),
  ];
  const { evicted } = await run(await createTask({ settings: { mode: 'ALL' }, context }));
  expect(evicted).toEqual([...ids(talk(3)), 'last']);
});

test('an earlier summary is summarised with the rest', async () => {
  const summariser = scriptModel();
  const { evicted } = await run(
    await createTask({ settings: { mode: 'ALL' }, context: [summary('s'), ...talk(2)], summariser }),
  );
  expect(evicted[0]).toBe('s');
  expect(summariser.requests[0]?.messages.at(-1)?.text).toMatch(
    /^summary of what came before: It was long ago\.\nuser: u0/,
  );
});

test.for([
  ['nothing', []],
  ['summaries', [summary('s')]],
  ['what the model is not shown', [reasoning('r')]],
  ['summaries and what is kept', [summary('s'), user('u', 'Hi', true)]],
] as const)('with %s in the context there is nothing to compact', async ([, context]) => {
  const summariser = scriptModel();
  expect(await failureOf(await createTask({ context: [...context], summariser }))).toMatchObject({
    code: 'NOTHING_TO_COMPACT',
  });
  expect(summariser.requests).toEqual([]);
});

test('self modes: the agent makes its own call, with one more message at its end', async () => {
  const agent = scriptModel();
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const context = [...talk(2), ...toolStep('s1'), ...talk(2), user('now', 'And now?', true)];
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, tools, context });
  const { evicted, modeUsed } = await run(task);
  expect(modeUsed).toBe('SELF_COMPACT_ALL');
  expect(evicted).toEqual(ids(context.slice(0, -1)));
  const [request] = agent.requests;
  expect(request).toMatchObject({ tools, settings: { temperature: 0.5 } });
  const sent = [task.system, ...buildPrompt(context, new Map())];
  expect(JSON.stringify(request?.messages.slice(0, -1))).toBe(JSON.stringify(sent.slice(0, -1)));
  expect(request?.messages.at(-1)).toEqual({ role: 'user', text: defaultPrompt('SELF_COMPACT_ALL') });
});

test("self modes: a summary is not asked for in the form of the agent's answers", async () => {
  const agent = scriptModel();
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, context: talk(3) });
  await run({ ...task, agent: { ...task.agent, settings: { topP: 0.5, responseFormat: { type: 'JSON_OBJECT' } } } });
  expect(agent.requests[0]?.settings).toEqual({ topP: 0.5, responseFormat: null });
});

test('self sliding: the agent is shown what leaves', async () => {
  const agent = scriptModel();
  const context = talk(10);
  const settings = { mode: 'SELF_COMPACT_SLIDING_WINDOW' as const, prompt: 'Be brief.' };
  const { evicted } = await run(await createTask({ settings, agent, contextWindow: 100_000, context }));
  expect(evicted).toHaveLength(6);
  expect(agent.requests[0]?.messages.map(({ text }) => text.slice(0, 2))).toEqual([
    'Yo',
    'u0',
    'a0',
    'u1',
    'a1',
    'u2',
    'a2',
    'Be',
  ]);
});

test('self all falls back to self sliding, and that to all, each with its prompt and with what it takes to be a failure', async () => {
  const toolCalls = [{ id: '1', name: 'look', arguments: '{}' }];
  const agent = scriptModel((_request, index) =>
    index === 0 ? { toolCalls, finishReason: 'TOOL_CALLS' } : { text: ' \n' },
  );
  const summariser = scriptModel();
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, summariser, context: talk(10) });
  const { modeUsed, evicted } = await run(task);
  expect(modeUsed).toBe('ALL');
  expect(evicted).toHaveLength(20);
  expect(agent.requests.map(({ messages }) => messages.at(-1)?.text)).toEqual([
    defaultPrompt('SELF_COMPACT_ALL'),
    defaultPrompt('SELF_COMPACT_SLIDING_WINDOW'),
  ]);
  expect(summariser.requests[0]?.messages[0]?.text).toBe(defaultPrompt('ALL'));
});

test('a prompt that somebody chose holds in the mode that is fallen back to', async () => {
  const summariser = scriptModel((_request, index) =>
    index === 0 ? modelError('LLM_BAD_REQUEST') : { text: 'Short.' },
  );
  await run(await createTask({ settings: { prompt: 'Be brief.' }, summariser, context: talk(10) }));
  expect(summariser.requests.map(({ messages }) => messages[0]?.text)).toEqual(['Be brief.', 'Be brief.']);
});

test('when every mode fails the error says why, and what was used', async () => {
  const usage = {
    promptTokens: 10,
    completionTokens: 1,
    totalTokens: 11,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  };
  const agent = scriptModel(() => ({ text: '', usage: { ...usage, cachedInputTokens: 4 } }));
  const broken = modelError('LLM_AUTHENTICATION', 'fox refused the call (401).');
  broken.usage = usage;
  const summariser = scriptModel(() => broken);
  const settings = { mode: 'SELF_COMPACT_SLIDING_WINDOW' as const };
  const error = await failureOf(await createTask({ settings, agent, summariser, context: talk(10) }));
  expect(error).toBeInstanceOf(CompactionError);
  expect(error).toMatchObject({
    code: 'COMPACTION_FAILED',
    message: 'The context could not be compacted. fox refused the call (401).',
    usage: {
      promptTokens: 20,
      completionTokens: 2,
      totalTokens: 22,
      cachedInputTokens: 4,
      cacheWriteTokens: null,
      reasoningTokens: null,
    },
  });
});

test('a failure that may pass is tried again, in the same mode', async () => {
  const summariser = scriptModel((_request, index) =>
    index === 0 ? modelError('LLM_UNAVAILABLE') : { text: 'Short.' },
  );
  const result = await run(await createTask({ summariser, context: talk(10), maxTries: 2 }));
  expect(result).toMatchObject({ summary: 'Short.', modeUsed: 'SLIDING_WINDOW' });
});

test('an abort ends it with its reason, in a call and while it waits for the next try, and no other mode is tried', async () => {
  const abort = new AbortController();
  const summariser = scriptModel(() => {
    abort.abort('enough');
    return { text: 'Short.' };
  });
  await expect(compact(await createTask({ summariser, context: talk(10) }), abort.signal)).rejects.toBe('enough');
  expect(summariser.requests).toHaveLength(1);

  const later = new AbortController();
  const down = scriptModel(() => {
    setTimeout(() => later.abort('enough'), 10);
    return Object.assign(modelError('LLM_UNAVAILABLE'), { retryAfterMs: 60_000 });
  });
  await expect(
    compact(await createTask({ summariser: down, context: talk(10), maxTries: 2 }), later.signal),
  ).rejects.toBe('enough');
  expect(down.requests).toHaveLength(1);
});

test('what is no failure of a model is not taken for one', async () => {
  const bug = new TypeError('x is not a function');
  const summariser = scriptModel(() => bug);
  await expect(run(await createTask({ summariser, context: talk(10) }))).rejects.toBe(bug);
});

test('a long summary is cut, with a mark', async () => {
  const summariser = scriptModel(() => ({ text: '👋'.repeat(60) }));
  const { summary: text } = await run(
    await createTask({ settings: { clipChars: 50, mode: 'ALL' }, summariser, context: talk(5) }),
  );
  expect(text).toBe(`${'👋'.repeat(50)}\n[cut off: 10 of 60 characters are missing]`);
  const whole = await run(
    await createTask({ settings: { clipChars: null, mode: 'ALL' }, summariser, context: talk(5) }),
  );
  expect(whole.summary).toBe('👋'.repeat(60));
});

test('a summary that stopped at the output limit says so; one that a filter stopped is none', async () => {
  const summariser = scriptModel((_request, index) => ({
    text: 'Half of',
    finishReason: index === 0 ? 'CONTENT_FILTER' : 'LENGTH',
  }));
  const { summary: text, modeUsed } = await run(await createTask({ summariser, context: talk(5) }));
  expect(text).toMatch(/^Half of\n\[cut off/);
  expect(modeUsed).toBe('ALL');
});

test('the tokens before and after are those of the system message, the tools and the messages, corrected', async () => {
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const context = talk(10);
  const task = await createTask({ tools, context, contextWindow: 100_000, correction: 1.5 });
  const { contextTokensBefore, contextTokensAfter, evicted } = await run(task);
  const { counter, system } = task;
  const count = (messages: Parameters<typeof counter.message>[0][]) =>
    Math.ceil(1.5 * messages.reduce((sum, message) => sum + counter.message(message), counter.tools(tools)));
  expect(contextTokensBefore).toBe(count([system, ...buildPrompt(context, new Map())]));
  const shown = { role: 'user' as const, text: presentSummary('They talked.') };
  expect(contextTokensAfter).toBe(count([system, shown, ...buildPrompt(context.slice(evicted.length), new Map())]));
});

test('a summary that makes nothing smaller is a failure, which says how large it was', async () => {
  const summariser = scriptModel(() => ({ text: 'x'.repeat(4_000) }));
  expect(await failureOf(await createTask({ settings: { mode: 'ALL' }, summariser, context: talk(2) }))).toMatchObject({
    code: 'COMPACTION_FAILED',
    message: expect.stringMatching(/5 messages \(228 tokens\) would become 2 \(10\d\d tokens\)\.$/),
  });
});
