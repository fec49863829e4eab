import type { ToolDeclaration } from './model.ts';
import type { CallStatus, RecordedCall } from './message.ts';

/** A call whose arguments fit the tool's schema. Its id is the same each time it is run. */
export interface ToolRequest {
  id: string;
  /** Numbers are doubles: what a double rounds is exact in `argumentsText` alone. */
  arguments: Record<string, unknown>;
  /** JSON, as the model wrote it. */
  argumentsText: string;
}

/** Why a tool did not do what it was asked: the model is told the message. */
export class ToolError extends Error {
  override name = 'ToolError';
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
   * Resolves with what the model is told, or rejects with a ToolError; of any other failure the model is told only that
   * there was one. Missing: the client runs it, and hands in what came of it.
   */
  run?: (request: ToolRequest, signal: AbortSignal) => Promise<string>;
}

export type Tools = ReadonlyMap<string, Tool>;

/** Whether a call of the tool waits for somebody. */
export function needsDecision(tool: Tool | undefined): boolean {
  return tool !== undefined && (tool.requiresApproval || !tool.run);
}

/** What a call that may be made waits for. */
export function firstStatus(tool: Tool | undefined): CallStatus {
  if (tool?.requiresApproval) return 'AWAITING_APPROVAL';
  return tool && !tool.run ? 'AWAITING_CLIENT' : 'REQUESTED';
}

/** The statuses of a call that waits for an approval or for its client's result. */
export const awaitingStatuses: CallStatus[] = ['AWAITING_APPROVAL', 'AWAITING_CLIENT'];

export function isAwaiting({ status }: Pick<RecordedCall, 'status'>): boolean {
  return awaitingStatuses.includes(status);
}
