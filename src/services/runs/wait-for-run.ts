import type { Deps } from '../deps.ts';

/** Above it proxies begin to cut idle requests. */
export const WAIT_LIMIT_MS = 60_000;

/** Returns when the run has ended, or waits for decisions, and after a minute at the latest. */
export async function waitForRun({ db, follower }: Pick<Deps, 'db' | 'follower'>, runId: string): Promise<void> {
  const { conversationId, firstEventSeq } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  for await (const event of follower.follow(conversationId, firstEventSeq, AbortSignal.timeout(WAIT_LIMIT_MS))) {
    if (event.runId !== runId) continue;
    if (event.type === 'RunFinished') return;
    // The log is read from its start: it may have gone on since.
    if (event.type === 'RunRequiresAction' && (await isParked(db, runId))) return;
  }
}

async function isParked(db: Deps['db'], id: string): Promise<boolean> {
  const { status } = await db.run.findUniqueOrThrow({ where: { id } });
  return status === 'REQUIRES_ACTION';
}
