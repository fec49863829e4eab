import type { RunStatus, StopReason } from '../../store/generated/client.ts';
import type { ModelUsage } from '../../usage.ts';

/** How a run finishes, and why. */
export interface RunEnd {
  status: Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
  stopReason: StopReason;
  error?: { code: string; message: string };
  /** It ends with a model call that failed, maybe before it said anything; `usage` is of that one try. */
  openCall?: { usage: ModelUsage | null };
  /** By a message that is to be answered instead: that is an answer to what waited for a decision, too. */
  isInterrupted?: boolean;
}

export const cancelled = { status: 'CANCELLED', stopReason: 'CANCELLED' } as const satisfies RunEnd;
/** Somebody sent another message, to be answered instead. */
export const interrupted = { ...cancelled, isInterrupted: true } as const satisfies RunEnd;
