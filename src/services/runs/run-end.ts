import type { RunStatus, StopReason } from '../../store/generated/client.ts';
import type { ModelUsage } from '../../usage.ts';

/** How a run finishes, and why. */
export interface RunEnd {
  status: Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
  stopReason: StopReason;
  error?: { code: string; message: string };
  /** The run ends with a failed model call, which may have no output. `usage`: of that attempt alone. */
  openCall?: { usage: ModelUsage | null };
  /** A later message is answered instead. The run's waiting tool calls count as denied by it. */
  isInterrupted?: boolean;
}

export const cancelled = { status: 'CANCELLED', stopReason: 'CANCELLED' } as const satisfies RunEnd;
/** A send with `onBusy: INTERRUPT` cancels the run. */
export const interrupted = { ...cancelled, isInterrupted: true } as const satisfies RunEnd;
