import type { ToolDeclaration } from './model.ts';
import type { RecordedCall } from './message.ts';

/** A call whose arguments fit the tool's schema. Its id is the same each time it is run. */
export interface ToolRequest {
  id: string;
  arguments: Record<string, unknown>;
}

/** The one place that tools of any kind plug into. */
export interface Tool extends ToolDeclaration {
  /** Running a call twice is the same as running it once. Only then is it run again when a worker was lost in the middle of it. */
  isIdempotent: boolean;
  /** It may run beside other calls of the same step. */
  isParallel: boolean;
  /** A call waits until somebody approves it. */
  requiresApproval: boolean;
  /** How much of a result the model is told, in Unicode code points. */
  returnLimit: number;
  /**
   * Resolves with what the model is told; a rejection's message is told as an error. Missing: the client runs it, and
   * hands in what came of it.
   */
  run?: (request: ToolRequest, signal: AbortSignal) => Promise<string>;
}

export type Tools = ReadonlyMap<string, Tool>;

export interface ToolResult {
  id: string;
  status: 'SUCCEEDED' | 'FAILED' | 'UNKNOWN';
  result: string;
}

/** It is going to run, and may take effect from here on. */
export interface ToolStartedEvent {
  type: 'toolStarted';
  callId: string;
}

/**
 * Runs one call. It never fails: a failing or missing tool answers with its error, so that the model can go on. What a
 * lost worker began is run again only when its tool is idempotent.
 */
export async function* runCall(
  tools: Tools,
  call: RecordedCall,
  signal: AbortSignal,
): AsyncGenerator<ToolStartedEvent, ToolResult> {
  const { id, name, argumentsText } = call;
  const tool = tools.get(name);
  if (call.isStarted && !tool?.isIdempotent) {
    const result =
      'The server was lost while this ran. Whether it took effect is not known. Find out before you try again.';
    return { id, status: 'UNKNOWN', result };
  }
  if (!tool) {
    const known = [...tools.keys()].join(', ') || 'none';
    return { id, status: 'FAILED', result: `There is no tool ${JSON.stringify(name)}. Available: ${known}.` };
  }
  yield { type: 'toolStarted', callId: id };
  // The run may have been cancelled, or lost, while that was stored.
  signal.throwIfAborted();
  try {
    const result = await Promise.race([tool.run(argumentsText, signal), whenAborted(signal)]);
    return { id, status: 'SUCCEEDED', result: storable(result) };
  } catch (error) {
    signal.throwIfAborted();
    return { id, status: 'FAILED', result: storable(error instanceof Error ? error.message : String(error)) };
  }
}

/** A tool that does not listen must not hold up whoever cancels the run or stops the server. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
}

function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
