import type { ToolDeclaration } from './model.ts';
import type { RecordedCall } from './message.ts';

/** The one place that tools of any kind plug into. */
export interface Tool extends ToolDeclaration {
  /** Resolves with what the model is told; a rejection's message is told as an error. */
  run(argumentsText: string, signal: AbortSignal): Promise<string>;
}

export interface ToolResult {
  id: string;
  status: 'SUCCEEDED' | 'FAILED';
  result: string;
}

/** Runs one call. It never fails: a failing or missing tool answers with its error, so that the model can go on. */
export async function callTool(tools: Map<string, Tool>, call: RecordedCall, signal: AbortSignal): Promise<ToolResult> {
  const tool = tools.get(call.name);
  if (!tool) {
    const known = [...tools.keys()].join(', ') || 'none';
    return {
      id: call.id,
      status: 'FAILED',
      result: `There is no tool ${JSON.stringify(call.name)}. Available: ${known}.`,
    };
  }
  try {
    return { id: call.id, status: 'SUCCEEDED', result: await tool.run(call.argumentsText, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { id: call.id, status: 'FAILED', result: error instanceof Error ? error.message : String(error) };
  }
}
