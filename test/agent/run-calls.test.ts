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
  const calls = [...tools.keys()].map((name): RecordedCall => {
    const call = { id: name, name, argumentsText: '{}', needsDecision: false, wasRun: false, result: null };
    return { ...call, status: 'RUNNING' };
  });
  for (const call of calls) call.status = 'REQUESTED';
  const running = runCalls(tools, calls, new AbortController().signal);
  for (const call of calls) {
    expect((await running.next()).value).toMatchObject({ type: 'toolStarted', call: { id: call.id } });
    call.status = 'RUNNING';
  }
  // The worker lost the run while it stored the last start.
  await running.return();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
