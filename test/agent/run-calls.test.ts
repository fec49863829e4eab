import { expect, test } from 'vitest';
import type { RecordedCall } from '../../src/agent/message.ts';
import { runCalls } from '../../src/agent/run-calls.ts';
import { testTool } from '../harness/test-tool.ts';

test('tools that are still at work are told to stop when nobody goes on with their step', async () => {
  const signals: AbortSignal[] = [];
  const run = (_request: unknown, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>(() => undefined);
  };
  const tools = new Map([testTool('one', { run, isParallel: true }), testTool('other', { run, isParallel: true })]);
  const calls = [...tools.keys()].map(requested);
  const begun: string[] = [];
  // The worker loses the run while it stores the last start.
  const beginCall = async ({ id }: RecordedCall) => {
    begun.push(id);
    if (begun.length === calls.length) throw new Error('the run is lost');
    return 'RUNNING' as const;
  };
  const running = runCalls({ tools, beginCall, keepReturn }, calls, new AbortController().signal);
  await expect(running.next()).rejects.toThrow('the run is lost');
  expect(begun).toEqual(['one', 'other']);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('a call is run only when it is RUNNING once its start is stored, and the calls come back as they are then', async () => {
  const tools = new Map([testTool('one', { run: async () => 'done' }), testTool('other', { run: async () => 'done' })]);
  const calls = [...tools.keys()].map(requested);
  const running = runCalls({ tools, beginCall: onlyTheFirst, keepReturn }, calls, new AbortController().signal);
  expect((await running.next()).value).toMatchObject({ type: 'toolFinished', call: { id: 'one' }, result: 'done' });
  const { done, value } = await running.next();
  expect(done).toBe(true);
  expect(value).toMatchObject([
    { id: 'one', status: 'SUCCEEDED', wasRun: true, result: 'done' },
    { id: 'other', status: 'AWAITING_APPROVAL', wasRun: false, result: null },
  ]);
  expect(calls).toMatchObject([{ status: 'REQUESTED', result: null }, { status: 'REQUESTED' }]);
});

test('a return that is not stored when the step is left is handed over, a stored one is not', async () => {
  const tools = new Map(['one', 'other'].map((name) => testTool(name, { isParallel: true, run: async () => 'done' })));
  const kept: unknown[] = [];
  const ports = {
    tools,
    beginCall: async () => 'RUNNING' as const,
    keepReturn: (event: unknown) => void kept.push(event),
  };
  const running = runCalls(ports, [...tools.keys()].map(requested), new AbortController().signal);
  await running.next();
  await running.next(); // the first is stored
  await running.return([]);
  expect(kept).toMatchObject([{ call: { id: 'other' }, status: 'SUCCEEDED', result: 'done' }]);
});

test('a built-in tool that a lost worker began is not unknown, also when the agent has it no more', async () => {
  const begun = (name: string) => ({ ...requested(name), status: 'RUNNING', wasRun: true }) as const;
  const calls = [begun('conversation_search'), begun('charge')];
  const events = await Array.fromAsync(
    runCalls({ tools: new Map(), beginCall: onlyTheFirst, keepReturn }, calls, new AbortController().signal),
  );
  expect(events).toMatchObject([
    { status: 'FAILED', result: expect.stringMatching(/no tool "conversation_search"/) },
    { status: 'UNKNOWN' },
  ]);
});

function keepReturn() {
  expect.fail('nothing is left over');
}

function requested(name: string): RecordedCall {
  const call = { id: name, name, argumentsText: '{}', needsDecision: false, wasRun: false, result: null };
  return { ...call, status: 'REQUESTED' };
}

async function onlyTheFirst({ id }: RecordedCall) {
  return id === 'one' ? 'RUNNING' : 'AWAITING_APPROVAL';
}
