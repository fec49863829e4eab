import { FencedError, type Fence } from '../../events/change.ts';
import { blockColumns, type BlockRow } from '../../services/history/compile-prompt.ts';
import { messageColumns, stepColumns, type ContextRow, type StepRow } from '../../services/history/context-rows.ts';
import { callColumns } from '../../services/history/message-rows.ts';
import type { Sql } from '../../store/database.ts';
import { Prisma, type ConversationHead, type Run } from '../../store/generated/client.ts';
import { jsonObject } from '../../store/json-object.ts';

const runColumns = [
  'id',
  'kind',
  'organizationId',
  'agentId',
  'conversationId',
  'model',
  'request',
  'requestAsGiven',
] as const;
const headColumns = ['activeRunId', 'activeClaim', 'openSeq'] as const;

/** All that a worker needs of a run for its next step, as it is stored at one moment. */
export interface HeldRunRows {
  run: Pick<Run, (typeof runColumns)[number]>;
  head: Pick<ConversationHead, (typeof headColumns)[number]>;
  /** Whether messages that were sent with it are not in the history yet. */
  hasWaitingInput: boolean;
  steps: StepRow[];
  /** The first is the system prompt. */
  context: ContextRow[];
  agentBlocks: { label: string; block: BlockRow }[];
  isolatedBlocks: { label: string; block: BlockRow }[];
}

const calls = list(
  jsonObject('call', callColumns),
  'call.index',
  Prisma.sql`"ToolCall" AS call WHERE call."stepId" = step.id`,
);
const step = jsonObject('step', stepColumns, { toolCalls: calls });
const message = jsonObject('message', messageColumns, {
  step: Prisma.sql`(SELECT ${step} FROM "Step" AS step WHERE step.id = message."stepId")`,
});
const labelledBlock = jsonObject('link', ['label'], { block: jsonObject('block', blockColumns) });

const heldRun = Prisma.sql`
  SELECT
    ${jsonObject('run', runColumns)} AS run,
    ${jsonObject('head', headColumns)} AS head,
    EXISTS (SELECT FROM "Message" WHERE "runId" = run.id AND position IS NULL) AS "hasWaitingInput",
    ${list(step, 'step.index', Prisma.sql`"Step" AS step WHERE step."runId" = run.id`)} AS steps,
    ${list(
      message,
      'message."contextRank"',
      Prisma.sql`"Message" AS message WHERE message."conversationId" = run."conversationId" AND message."inContext"`,
    )} AS context,
    ${list(
      labelledBlock,
      'link."blockId"',
      Prisma.sql`
        "AgentBlock" AS link
        JOIN "Block" AS block ON block.id = link."blockId"
        WHERE link."agentId" = run."agentId" AND block."deletedAt" IS NULL`,
    )} AS "agentBlocks",
    ${list(
      labelledBlock,
      'link."blockId"',
      Prisma.sql`
        "ConversationBlock" AS link
        JOIN "Block" AS block ON block.id = link."blockId"
        WHERE link."conversationId" = run."conversationId"`,
    )} AS "isolatedBlocks"
  FROM "Run" AS run
  JOIN "ConversationHead" AS head ON head."conversationId" = run."conversationId"`;

/** Reads it in one statement: each round trip delays the first token. Throws FencedError when another worker has the run, or it is gone. */
export async function readHeldRun(sql: Sql, fence: Fence): Promise<HeldRunRows> {
  const [rows] = await sql<HeldRunRows>(Prisma.sql`${heldRun} WHERE run.id = ${fence.runId}`);
  const { activeRunId, activeClaim } = rows?.head ?? {};
  if (!rows || activeRunId !== fence.runId || activeClaim !== fence.claim) throw new FencedError(fence);
  return rows;
}

/** In SQL: a JSON array. */
function list(item: Prisma.Sql, order: string, from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT coalesce(json_agg(${item} ORDER BY ${Prisma.raw(order)}), '[]') FROM ${from})`;
}
