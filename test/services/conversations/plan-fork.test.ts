import { expect, test } from 'vitest';
import { planFork, type SourceMessage } from '../../../src/services/conversations/plan-fork.ts';
import type { MessageKind } from '../../../src/store/generated/enums.ts';

/** Out of the context: the position of the summary that stands for it, or null. */
type Row = [kind: MessageKind, rank: number | null, coveredBy?: number | null | undefined, step?: string];

/** Messages 1, 2, 3 … */
function historyOf(...rows: Row[]): SourceMessage[] {
  return rows.map(([kind, contextRank, coveredBy, stepId = null], index) => ({
    id: String(index + 1),
    kind,
    contextRank,
    inContext: coveredBy === undefined && contextRank !== null,
    coveredById: coveredBy ? String(coveredBy) : null,
    stepId,
    position: index + 1,
  }));
}

function planOf(history: SourceMessage[], through: number) {
  const plan = planFork(history, history[through - 1]!);
  const inContext = plan.filter((message) => message.inContext);
  const ranks = inContext.map(({ contextRank }) => contextRank);
  expect(new Set(ranks).size).toBe(ranks.length);
  return { copied: plan.map(({ position }) => position), inContext: inContext.map(({ position }) => position) };
}

const S: Row = ['SYSTEM', 1];

test.each([
  ['before the step', 2, [2]],
  ['the reasoning of the step', 3, [2, 3]],
  ['its text', 4, [2, 3, 4]],
  ['its calls', 5, [2, 3, 4, 5, 6]],
  ['its returns', 6, [2, 3, 4, 5, 6]],
  ['what comes after', 7, [2, 3, 4, 5, 6, 7]],
])('a step that is closed, cut at %s', (_name, through, copied) => {
  const history = historyOf(
    S,
    ['USER', 2],
    ['REASONING', null, undefined, 'a'],
    ['ASSISTANT', 3, undefined, 'a'],
    ['TOOL_CALL', 4, undefined, 'a'],
    ['TOOL_RETURN', 5, undefined, 'a'],
    ['ASSISTANT', 6, undefined, 'b'],
  );
  expect(planOf(history, through).copied).toEqual(copied);
});

test('a step with approvals is one: it is copied with what was decided and what came of it', () => {
  const history = historyOf(
    S,
    ['USER', 2],
    ['APPROVAL_REQUEST', 3, undefined, 'a'],
    ['APPROVAL_RESPONSE', 4, undefined, 'a'],
    ['TOOL_RETURN', 5, undefined, 'a'],
  );
  for (const through of [3, 4, 5]) expect(planOf(history, through).copied).toEqual([2, 3, 4, 5]);
  for (const through of [3, 4]) expect(planOf(history.slice(0, 4), through).copied).toEqual([2]);
});

test('of an open step nothing is copied when its calls would be, and what came before them otherwise', () => {
  const history = historyOf(
    S,
    ['USER', 2],
    ['ASSISTANT', 3, undefined, 'a'],
    ['TOOL_CALL', 4, undefined, 'a'],
    ['TOOL_RETURN', 5, undefined, 'a'],
    ['ASSISTANT', 6, undefined, 'b'],
    ['TOOL_CALL', 7, undefined, 'b'],
  );
  expect(planOf(history, 7)).toEqual({ copied: [2, 3, 4, 5], inContext: [2, 3, 4, 5] });
  expect(planOf(history, 6).copied).toEqual([2, 3, 4, 5, 6]);
});

/** Twice everything but the last exchange made room for a summary, which took the last rank that left. */
const compacted = historyOf(
  S,
  ['USER', 2, 6],
  ['ASSISTANT', 3, 6],
  ['USER', 4, 9],
  ['ASSISTANT', 5, 9],
  ['SUMMARY', 3, 9],
  ['USER', 6],
  ['ASSISTANT', 7],
  ['SUMMARY', 5],
  ['USER', 8],
);

test.each([
  ['the whole', 10, [7, 8, 9, 10]],
  ['the second summary', 9, [7, 8, 9]],
  ['before the second summary: the first one stands again, with what it had kept', 8, [4, 5, 6, 7, 8]],
  ['the first summary', 6, [4, 5, 6]],
  ['before the first summary: all of it is back', 5, [2, 3, 4, 5]],
  ['the first exchange', 3, [2, 3]],
])('a fork of a history that was summed up, through %s', (_name, through, inContext) => {
  expect(planOf(compacted, through).inContext).toEqual(inContext);
});

test('what no copied summary stands for is covered by none; the rest by the copy of its own', () => {
  const coversOf = (through: number) =>
    planFork(compacted, compacted[through - 1]!).map(({ coveredById }) => Number(coveredById));
  expect(coversOf(10)).toEqual([6, 6, 9, 9, 9, 0, 0, 0, 0]);
  expect(coversOf(8)).toEqual([6, 6, 0, 0, 0, 0, 0]);
  expect(coversOf(5)).toEqual([0, 0, 0, 0]);
});

test('what was taken out of the context for no summary stays out; what a summary that was undone stood for stays in', () => {
  const history = historyOf(S, ['USER', 2, null], ['ASSISTANT', 3, null], ['USER', 4], ['SUMMARY', 4, null]);
  for (const through of [3, 4, 5]) expect(planOf(history, through).inContext).toEqual(through === 3 ? [] : [4]);
});

test('what a summary stood for stays out, too, when a reset took the summary away', () => {
  const history = historyOf(S, ['USER', 2, 3], ['SUMMARY', 2, 5], ['USER', 3, 5], ['SUMMARY', 3, null], ['USER', 4]);
  for (const through of [2, 3, 4, 5]) expect(planOf(history, through).inContext).toEqual([]);
  expect(planOf(history, 6).inContext).toEqual([6]);
});
