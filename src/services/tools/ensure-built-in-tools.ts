import { builtInTools } from '../../agent/built-in-tools.ts';
import { newId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import { DEFAULT_RETURN_LIMIT } from './tool.ts';

/**
 * Every organization has a row of each built-in tool, as this version of the server declares it. A client's tool that
 * took the name before there was a built-in one keeps it.
 */
export async function ensureBuiltInTools(tx: Tx, organizationIds: readonly string[]): Promise<void> {
  const rows = organizationIds.flatMap((organizationId) =>
    builtInTools.map(({ name, description, parameters, isReadOnly }) => ({
      id: newId('Tool'),
      organizationId,
      name,
      description,
      parameters,
      parallel: isReadOnly,
    })),
  );
  await tx.$executeRaw`
    INSERT INTO "Tool" AS tool (
      id, "organizationId", name, description, parameters, kind, "returnLimit", idempotent, parallel)
    SELECT
      id, "organizationId", name, description, parameters, 'BUILT_IN', ${DEFAULT_RETURN_LIMIT}, true, parallel
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS item(id text, "organizationId" text, name text, description text, parameters jsonb, parallel boolean)
    ON CONFLICT ("organizationId", name) WHERE "deletedAt" IS NULL DO UPDATE
    SET description = excluded.description,
      parameters = excluded.parameters,
      "returnLimit" = excluded."returnLimit",
      idempotent = excluded.idempotent,
      parallel = excluded.parallel,
      "updatedAt" = GREATEST(clock_timestamp(), tool."updatedAt" + interval '1 millisecond')
    WHERE tool.kind = 'BUILT_IN'
      AND (tool.description, tool.parameters, tool."returnLimit", tool.idempotent, tool.parallel)
        IS DISTINCT FROM
        (excluded.description, excluded.parameters, excluded."returnLimit", excluded.idempotent, excluded.parallel)`;
}
