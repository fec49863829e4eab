import { expect, test } from 'vitest';
import { planFork, type SourceMessage } from '../../src/services/plan-fork.ts';
import type { MessageKind } from '../../src/store/generated/enums.ts';

type Row = [kind: MessageKind, rank: number | null, inContext?: boolean, step?: string];

/** Messages 1, 2, 3 … */
function historyOf(...rows: Row[]): SourceMessage[] {
  return rows.map(([kind, contextRank, inContext = true, stepId = null], index) => {
    const position = index + 1;
    return { id: String(position), kind, contextRank, inContext: inContext && contextRank !== null, stepId, position };
  });
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
    ['REASONING', null, true, 'a'],
    ['ASSISTANT', 3, true, 'a'],
    ['TOOL_CALL', 4, true, 'a'],
    ['TOOL_RETURN', 5, true, 'a'],
    ['ASSISTANT', 6, true, 'b'],
  );
  expect(planOf(history, through).copied).toEqual(copied);
});

test('a step with approvals is one: it is copied with what was decided and what came of it', () => {
  const history = historyOf(
    S,
    ['USER', 2],
    ['APPROVAL_REQUEST', 3, true, 'a'],
    ['APPROVAL_RESPONSE', 4, true, 'a'],
    ['TOOL_RETURN', 5, true, 'a'],
  );
  for (const through of [3, 4, 5]) expect(planOf(history, through).copied).toEqual([2, 3, 4, 5]);
  for (const through of [3, 4]) expect(planOf(history.slice(0, 4), through).copied).toEqual([2]);
});

test('of an open step nothing is copied when its calls would be, and what came before them otherwise', () => {
  const history = historyOf(
    S,
    ['USER', 2],
    ['ASSISTANT', 3, true, 'a'],
    ['TOOL_CALL', 4, true, 'a'],
    ['TOOL_RETURN', 5, true, 'a'],
    ['ASSISTANT', 6, true, 'b'],
    ['TOOL_CALL', 7, true, 'b'],
  );
  expect(planOf(history, 7)).toEqual({ copied: [2, 3, 4, 5], inContext: [2, 3, 4, 5] });
  expect(planOf(history, 6).copied).toEqual([2, 3, 4, 5, 6]);
});

/** Twice everything but the last exchange made room for a summary, which took the last rank that left. */
const compacted = historyOf(
  S,
  ['USER', 2, false],
  ['ASSISTANT', 3, false],
  ['USER', 4, false],
  ['ASSISTANT', 5, false],
  ['SUMMARY', 3, false],
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

test('what was taken out of the context for no summary stays out; what a summary that was undone stood for stays in', () => {
  const history = historyOf(S, ['USER', 2, false], ['ASSISTANT', 3, false], ['USER', 4], ['SUMMARY', 4, false]);
  for (const through of [3, 4, 5]) expect(planOf(history, through).inContext).toEqual(through === 3 ? [] : [4]);
});
