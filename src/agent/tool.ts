import type { ToolDeclaration } from './model.ts';
import type { RecordedCall } from './message.ts';

/** The one place that tools of any kind plug into. */
export interface Tool extends ToolDeclaration {
  /** Running a call twice is the same as running it once. Only then is it run again when a worker was lost in the middle of it. */
  isIdempotent: boolean;
  /** Resolves with what the model is told; a rejection's message is told as an error. */
  run(argumentsText: string, signal: AbortSignal): Promise<string>;
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
  try {
    return { id, status: 'SUCCEEDED', result: await tool.run(argumentsText, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { id, status: 'FAILED', result: error instanceof Error ? error.message : String(error) };
  }
}
