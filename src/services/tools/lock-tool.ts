import { NotFoundError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import type { Tool } from '../../store/generated/client.ts';
import type { Viewer } from '../deps.ts';
import { lockRow, type Locked } from '../lock-row.ts';
import { visible } from '../visible.ts';
import { checkIsClients } from './tool.ts';

/** The client's tool, which from now on nobody else can change, delete or attach until the transaction ends. */
export async function lockTool(tx: Tx, viewer: Viewer, id: string): Promise<Locked<Tool>> {
  if (typeOfId(id) !== 'Tool') throw new NotFoundError(id);
  const { organizationId } = viewer;
  const at = await lockRow(tx, 'Tool', { id, organizationId });
  const tool = await tx.tool.findFirst({ where: { id, ...visible.tool(viewer) } });
  if (!tool) throw new NotFoundError(id);
  checkIsClients(tool);
  return { ...tool, at };
}

/** Those of the tools that are there, and that nobody can delete until the transaction ends. Several may do this at once. */
export async function keepTools(tx: Tx, organizationId: string, ids: readonly string[]): Promise<Set<string>> {
  const possible = ids.filter((id) => typeOfId(id) === 'Tool');
  if (possible.length === 0) return new Set();
  const kept = await tx.$queryRaw<{ id: string }[]>`
    SELECT id
    FROM "Tool"
    WHERE id = ANY(${possible}::text[]) AND "organizationId" = ${organizationId} AND "deletedAt" IS NULL
    ORDER BY id
    FOR SHARE`;
  return new Set(kept.map(({ id }) => id));
}
