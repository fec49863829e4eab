import type { Deps } from './deps.ts';

/** Above it proxies begin to cut idle requests. */
const WAIT_LIMIT_MS = 60_000;

/** Returns when the run has ended, and after a minute at the latest. */
export async function waitForRun({ db, follower }: Pick<Deps, 'db' | 'follower'>, runId: string): Promise<void> {
  const { conversationId, firstEventSeq } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  for await (const event of follower.follow(conversationId, firstEventSeq, AbortSignal.timeout(WAIT_LIMIT_MS))) {
    if (event.runId === runId && event.type === 'RunFinished') return;
  }
}
