import { expect, test } from 'vitest';
import { presentSummary } from '../../../src/agent/compaction/present-summary.ts';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import { assistant, createTask, reasoning, scriptModel, summary, toolStep, user } from './compaction-task.ts';
import { run, failureOf, talk, ids } from './talk.ts';

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
