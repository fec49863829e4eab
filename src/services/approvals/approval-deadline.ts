import type { Deps } from '../deps.ts';

/** Until when a call that begins to wait now has to be decided; null: it may wait for ever. */
export function approvalDeadline({ approvalTimeoutMs }: Pick<Deps, 'approvalTimeoutMs'>, now: Date): Date | null {
  return approvalTimeoutMs === 0 ? null : new Date(now.getTime() + approvalTimeoutMs);
}
