import { IdempotencyConflictError } from '../../errors.ts';
import type { Db, Tx } from '../../store/database.ts';
import type { Viewer } from '../deps.ts';
import type { NewRun } from '../runs/insert-run.ts';
import { visible } from '../visible.ts';

type Keyed = Pick<NewRun, 'idempotencyKey' | 'requestHash'>;

/** The run that was sent before with the same key. Throws when it was sent with other content. */
export async function findEarlier(db: Db | Tx, viewer: Viewer, run: Keyed): Promise<string | undefined> {
  const { idempotencyKey, requestHash } = run;
  if (idempotencyKey === null) return undefined;
  const earlier = await db.run.findFirst({ where: { idempotencyKey, ...visible.run(viewer) } });
  if (earlier && earlier.requestHash !== requestHash) throw new IdempotencyConflictError(earlier.id);
  return earlier?.id;
}

/** Takes the key from a run that was deleted, with its conversation or agent. */
export async function freeKey(tx: Tx, viewer: Viewer, { idempotencyKey }: Keyed): Promise<void> {
  if (idempotencyKey === null) return;
  const { organizationId } = viewer;
  await tx.run.updateMany({
    where: { organizationId, idempotencyKey, NOT: visible.run(viewer) },
    data: { idempotencyKey: null },
  });
}
