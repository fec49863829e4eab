import { expect, test } from 'vitest';
import { compact } from '../../../src/agent/compaction/compact.ts';
import type { ModelRequest } from '../../../src/agent/model.ts';
import { assistant, createTask, modelError, scriptModel, user, type Script } from './compaction-task.ts';

const context = Array.from({ length: 40 }, (_, turn) => [
  user(`u${turn}`, `question ${turn} ${'x'.repeat(200)}`),
  assistant(`a${turn}`, `answer ${turn} ${'y'.repeat(200)}`),
]).flat();

/** Enforces its window as a provider does, in the same tokens as it is counted in. */
const withinWindow =
  (tokens: number, answer: Script): Script =>
  (request, index) =>
    sizeOf(request) > tokens ? modelError('LLM_CONTEXT_WINDOW_EXCEEDED') : answer(request, index);

const sizeOf = ({ messages }: ModelRequest) =>
  messages.reduce((sum, { text }) => sum + 4 + Math.ceil(Buffer.byteLength(text) / 4), 0);

const numbered: Script = (_request, index) => ({
  text: `Summary ${index + 1}.`,
  usage: {
    promptTokens: 100,
    completionTokens: 10,
    totalTokens: 110,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  },
});

async function compactWith(summariser: ReturnType<typeof scriptModel>, given = {}) {
  const task = await createTask({ settings: { mode: 'ALL' }, context, summariser, ...given });
  return compact(task, new AbortController().signal);
}

const questions = (requests: ModelRequest[]) =>
  requests.flatMap(({ messages }) =>
    Array.from(messages.at(-1)!.text.matchAll(/question (\d+)/g), ([, turn]) => Number(turn)),
  );

const everyTurn = Array.from({ length: 40 }, (_, turn) => turn);

test('a transcript larger than the summariser takes is summarised in parts, each with the summary so far', async () => {
  const summariser = scriptModel(withinWindow(1_500, numbered), 1_500);
  const { summary, usage } = await compactWith(summariser);
  const { length } = summariser.requests;
  expect(length).toBeGreaterThan(5);
  expect(summary).toBe(`Summary ${length}.`);
  expect(questions(summariser.requests)).toEqual(everyTurn);
  expect(usage).toMatchObject({ promptTokens: 100 * length, totalTokens: 110 * length, cachedInputTokens: null });
  for (const [index, request] of summariser.requests.entries()) {
    expect(sizeOf(request)).toBeLessThanOrEqual(900);
    if (index > 0) expect(request.messages.at(-1)?.text).toContain(`Summary ${index}.`);
  }
});

test('the parts are as small as the correction of the count wants them', async () => {
  const summariser = scriptModel(numbered, 3_000);
  await compactWith(summariser, { correction: 2, contextWindow: 100_000 });
  for (const request of summariser.requests) expect(sizeOf(request)).toBeLessThanOrEqual(900);
});

test('a message that is too long alone is divided, and nothing of it is lost', async () => {
  const summariser = scriptModel(withinWindow(1_500, numbered), 1_500);
  const long = Array.from({ length: 2_000 }, (_, index) => `👋${index}`).join('');
  await compactWith(summariser, { context: [user('u0', long)] });
  const parts = summariser.requests.map(({ messages }) => messages.at(-1)!.text.split('this next part:\n\n').at(-1));
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.join('').replaceAll('\n', '')).toBe(`user: ${long}`);
});

test('a summariser whose window is smaller than it was said to be gets smaller parts', async () => {
  const summariser = scriptModel(withinWindow(900, numbered), 8_000);
  const { modeUsed } = await compactWith(summariser);
  const taken = summariser.requests.filter((request) => sizeOf(request) <= 900);
  expect(summariser.requests.length - taken.length).toBeLessThanOrEqual(3);
  expect(questions(taken)).toEqual(everyTurn);
  expect(modeUsed).toBe('ALL');
});

test('parts are halved three times and no more', async () => {
  const summariser = scriptModel(() => modelError('LLM_CONTEXT_WINDOW_EXCEEDED', 'Too long.'), 8_000);
  await expect(compactWith(summariser)).rejects.toMatchObject({
    code: 'COMPACTION_FAILED',
    message: expect.stringContaining('Too long.'),
  });
  const sizes = summariser.requests.map(({ messages }) => messages.at(-1)!.text.length);
  expect(sizes).toHaveLength(4);
  for (const [index, size] of sizes.entries()) if (index > 0) expect(size).toBeLessThanOrEqual(sizes[index - 1]! / 2);
});

test('other work has its turn while a long context is counted', async () => {
  const long = Array.from({ length: 3_000 }, (_, turn) => user(`u${turn}`, 'word '.repeat(500)));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const { createTokenCounter } = await import('../../../src/agent/tokens.ts');
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  turns = 0;
  await compactWith(scriptModel(numbered, 10_000_000), { context: long, counter });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
