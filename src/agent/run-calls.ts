import { addAbortListener } from 'node:events';
import { isBuiltIn } from './built-in-tools.ts';
import { checkArguments } from './check-arguments.ts';
import type { CallStatus, RecordedCall } from './message.ts';
import { isAwaiting, ToolError, type Tool, type ToolRequest, type Tools } from './tool.ts';
import { truncate } from './truncate.ts';

/** What `runCalls` needs of its surroundings. */
export interface CallPorts {
  tools: Tools;
  /**
   * Commits that the server begins to run the call (RUNNING), or that the call waits for the client, which runs it. Resolves
   * with the status that the call has after the commit. A call runs only when that is RUNNING: it may need an approval after all.
   */
  beginCall(call: RecordedCall, status: 'RUNNING' | 'AWAITING_CLIENT'): Promise<CallStatus>;
  /** Takes the return of a tool that finished, or was not stored yet, when its step was left. */
  keepReturn(event: ToolFinishedEvent): void;
}

export interface ToolFinishedEvent {
  type: 'toolFinished';
  call: RecordedCall;
  status: 'SUCCEEDED' | 'FAILED' | 'UNKNOWN';
  result: string;
  /** What the tool threw, when that is not for the model. */
  error?: unknown;
}

const LOST = 'The server was lost while this ran. Whether it took effect is not known. Find out before you try again.';

/**
 * Runs the calls of a step that wait for nobody: those that may run beside others together, then the rest one after
 * another. No call fails the run: a failing, missing or wrongly called tool answers with its error, so that the model can
 * go on. What a lost worker began is run again only when its tool is idempotent. Rejects only when `signal` aborts or
 * `beginCall` rejects. Left in the middle, it tells the tools that are at work to stop; one that finishes all the same has
 * its return handed to `keepReturn`. Returns the calls as they are then.
 */
export async function* runCalls(
  { tools, beginCall, keepReturn }: CallPorts,
  calls: readonly RecordedCall[],
  signal: AbortSignal,
): AsyncGenerator<ToolFinishedEvent, RecordedCall[]> {
  using stack = new DisposableStack();
  const left = new AbortController();
  /** Those whose returns are not stored yet. */
  const running = new Map<string, Promise<ToolFinishedEvent>>();
  stack.defer(() => {
    left.abort(new Error('the step is left'));
    for (const finished of running.values()) finished.then(keepReturn, () => undefined);
  });
  const stopped = AbortSignal.any([signal, left.signal]);
  // A tool that does not listen must not delay a cancel or the stop of the server.
  const stop = Promise.withResolvers<never>();
  stop.promise.catch(() => undefined);
  stack.use(addAbortListener(signal, () => stop.reject(signal.reason)));
  const changed = new Map(calls.map((call) => [call.id, call]));
  const change = (id: string, to: Partial<RecordedCall>) => changed.set(id, { ...changed.get(id)!, ...to });
  const finish = function* (event: ToolFinishedEvent) {
    yield event;
    change(event.call.id, { status: event.status, result: event.result });
  };
  const open = calls.filter((call) => call.result === null && !isAwaiting(call));
  const [beside = [], alone = []] = [true, false].map((isParallel) =>
    open.filter(({ name }) => (tools.get(name)?.isParallel ?? false) === isParallel),
  );
  for (const group of [beside, ...alone.map((call) => [call])]) {
    for (const call of group) {
      const checked = checkCall(tools, call);
      if ('type' in checked) {
        yield* finish(checked);
        continue;
      }
      const { run } = checked;
      const status = await beginCall(call, run ? 'RUNNING' : 'AWAITING_CLIENT');
      // The run may have been cancelled, or lost, while that was stored.
      signal.throwIfAborted();
      change(call.id, { status, wasRun: status === 'RUNNING' });
      if (!run || status !== 'RUNNING') continue;
      const finished = runTool({ ...checked, run }, call, stopped);
      finished.catch(() => undefined); // it rejects when the run is left, and then nobody may be waiting
      running.set(call.id, finished);
    }
    while (running.size > 0) {
      const finished = await Promise.race([...running.values(), stop.promise]);
      yield* finish(finished);
      running.delete(finished.call.id);
    }
  }
  return [...changed.values()];
}

/** Without `run` the client runs it. */
type Ready = ToolRequest & { run: Tool['run']; returnLimit: number };

/** What is needed to run the call, or its answer where it cannot be run. */
function checkCall(tools: Tools, call: RecordedCall): Ready | ToolFinishedEvent {
  const { id, name, argumentsText, status } = call;
  const tool = tools.get(name);
  // A built-in tool that the agent has no more: to run one again is the same as running it once.
  const isRepeatable = tool ? tool.isIdempotent : isBuiltIn(name);
  if (status === 'RUNNING' && !isRepeatable) return { type: 'toolFinished', call, status: 'UNKNOWN', result: LOST };
  const refuse = (result: string) => ({ type: 'toolFinished', call, status: 'FAILED', result }) as const;
  if (!tool) {
    const known = [...tools.keys()].join(', ') || 'none';
    return refuse(`There is no tool ${JSON.stringify(name)}. Available: ${known}.`);
  }
  const checked = checkArguments(tool.parameters, argumentsText);
  if ('problem' in checked) return refuse(checked.problem);
  const { run, returnLimit } = tool;
  return { id, arguments: checked.arguments, argumentsText: argumentsText.trim() || '{}', run, returnLimit };
}

async function runTool(
  { run, returnLimit, ...request }: Ready & { run: NonNullable<Tool['run']> },
  call: RecordedCall,
  signal: AbortSignal,
): Promise<ToolFinishedEvent> {
  const finished = (status: 'SUCCEEDED' | 'FAILED', text: string): ToolFinishedEvent => {
    return { type: 'toolFinished', call, status, result: truncate(storable(text), returnLimit) };
  };
  try {
    return finished('SUCCEEDED', await run(request, signal));
  } catch (error) {
    if (error instanceof ToolError) return finished('FAILED', error.message);
    signal.throwIfAborted();
    // It may hold what is nobody's business: an address, a statement, a key.
    return { ...finished('FAILED', 'The tool failed on the server. Trying again may help.'), error };
  }
}

function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
