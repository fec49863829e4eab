import { typeOfId } from '../ids.ts';
import type {
  AgentFilter,
  BlockFilter,
  ConversationFilter,
  ConversationStatus,
  MessageFilter,
  PendingCallFilter,
  RunFilter,
  ToolFilter,
} from './filters.ts';
import { Prisma } from './generated/client.ts';

// Each of them on the alias `item` of one table.

export function conversationConditions(organizationId: string, filter: ConversationFilter): Prisma.Sql {
  return all([
    visibleTo(organizationId),
    ofLiveAgent,
    filter.agentId != null && equals('agentId', filter.agentId, 'Agent'),
    filter.summarySearch && contains('summary', filter.summarySearch),
    filter.statuses?.length && hasStatus(organizationId, filter.statuses),
  ]);
}

export function agentConditions(organizationId: string, filter: AgentFilter): Prisma.Sql {
  const { name, query, tags, matchAllTags, lastStopReason, includeHidden } = filter;
  return all([
    visibleTo(organizationId),
    !includeHidden && Prisma.sql`NOT item.hidden`,
    name != null && ifStorable(name, (text) => Prisma.sql`item.name = ${text}::text`),
    query && contains('name', query),
    tags?.length && (matchAllTags ? all(tags.map(hasTag)) : Prisma.sql`(${Prisma.join(tags.map(hasTag), ' OR ')})`),
    lastStopReason != null && Prisma.sql`item."lastStopReason" = ${lastStopReason}::"StopReason"`,
  ]);
}

/** Not the copies that conversations have for themselves. */
export function blockConditions(organizationId: string, filter: BlockFilter): Prisma.Sql {
  const { label, labelSearch, agentId, isAttached } = filter;
  return all([
    visibleTo(organizationId),
    Prisma.sql`NOT item."isIsolated"`,
    label != null && ifStorable(label, (text) => Prisma.sql`item.label = ${text}::text`),
    labelSearch && contains('label', labelSearch),
    agentId != null && ofAgent(organizationId, agentId),
    isAttached != null &&
      Prisma.sql`${Prisma.raw(isAttached ? '' : 'NOT')} EXISTS (${attached(organizationId)} AND link."blockId" = item.id)`,
  ]);
}

export function blockVersionConditions(organizationId: string): Prisma.Sql {
  return Prisma.sql`item."organizationId" = ${organizationId}::text`;
}

export function toolConditions(organizationId: string, { name, kind }: ToolFilter): Prisma.Sql {
  return all([
    visibleTo(organizationId),
    name != null && ifStorable(name, (text) => Prisma.sql`item.name = ${text}::text`),
    kind != null && Prisma.sql`item.kind = ${kind}::"ToolKind"`,
  ]);
}

export function runConditions(organizationId: string, filter: RunFilter): Prisma.Sql {
  const { agentId, conversationId, statuses, stopReasons } = filter;
  return all([
    visibleTo(organizationId),
    ofLiveAgent,
    agentId != null && equals('agentId', agentId, 'Agent'),
    conversationId != null && ofConversation(conversationId),
    statuses?.length && Prisma.sql`item.status IN (${literals(statuses)})`,
    stopReasons?.length && Prisma.sql`item."stopReason" = ANY(${stopReasons}::text[]::"StopReason"[])`,
  ]);
}

/** The first condition is that of the partial index. */
export function pendingCallConditions(organizationId: string, filter: PendingCallFilter): Prisma.Sql {
  const { kind, agentId, conversationId, toolName } = filter;
  return all([
    Prisma.sql`item.status IN ('AWAITING_APPROVAL', 'AWAITING_CLIENT')`,
    Prisma.sql`item."runId" NOT IN (
      SELECT run.id
      FROM "Run" AS run
      WHERE run."organizationId" = ${organizationId}::text
        AND run.status IN ('QUEUED', 'RUNNING', 'REQUIRES_ACTION')
        AND run."agentId" IN (${unsweptAgents}))`,
    kind != null && Prisma.sql`item.status = ${kind}::"ToolCallStatus"`,
    agentId != null && ofRun(equals('agentId', agentId, 'Agent', 'run')),
    conversationId != null && ofRun(ofConversation(conversationId, 'run')),
    toolName != null && ifStorable(toolName, (text) => Prisma.sql`item.name = ${text}::text`),
  ]);
}

/** What waits with a queued run is not in the history yet. */
export function messageConditions({ kinds, inContext, runId, groupId }: MessageFilter): Prisma.Sql {
  return all([
    Prisma.sql`item.position IS NOT NULL`,
    kinds?.length && Prisma.sql`item.kind = ANY(${kinds}::text[]::"MessageKind"[])`,
    inContext != null && Prisma.sql`item."inContext" = ${inContext}::boolean`,
    runId != null && equals('runId', runId, 'Run'),
    groupId != null && ifStorable(groupId, (text) => Prisma.sql`item."groupId" = ${text}::text`),
  ]);
}

const visibleTo = (organizationId: string) =>
  Prisma.sql`item."organizationId" = ${organizationId}::text AND item."deletedAt" IS NULL`;

/** Deleted, while some of their conversations are still to be closed: few, and as a rule none. */
const unsweptAgents = Prisma.sql`
  SELECT agent.id
  FROM "Agent" AS agent
  WHERE agent."deletedAt" IS NOT NULL AND agent."sweptAt" IS NULL`;

/**
 * The rows of an agent are hidden with it, before they are marked themselves. NOT IN is hashed once for the whole list;
 * with NOT EXISTS the planner may join, and sort the whole list for one page.
 */
const ofLiveAgent = Prisma.sql`item."agentId" NOT IN (${unsweptAgents})`;

const NOTHING = Prisma.sql`false`;

function all(conditions: (Prisma.Sql | false | '' | 0 | null | undefined)[]): Prisma.Sql {
  return Prisma.join(
    conditions.filter((condition) => condition instanceof Prisma.Sql),
    ' AND ',
  );
}

function equals(column: string, id: string, type: 'Agent' | 'Run', alias = 'item'): Prisma.Sql {
  return typeOfId(id) === type ? Prisma.sql`${Prisma.raw(`${alias}."${column}"`)} = ${id}::text` : NOTHING;
}

const ofRun = (condition: Prisma.Sql) =>
  Prisma.sql`EXISTS (SELECT FROM "Run" AS run WHERE run.id = item."runId" AND ${condition})`;

/** The blocks that agents have, to be narrowed down. */
const attached = (organizationId: string) => Prisma.sql`
  SELECT link."blockId"
  FROM "AgentBlock" AS link JOIN "Agent" AS agent ON agent.id = link."agentId"
  WHERE agent."organizationId" = ${organizationId}::text AND agent."deletedAt" IS NULL`;

function ofAgent(organizationId: string, id: string): Prisma.Sql {
  return typeOfId(id) === 'Agent'
    ? Prisma.sql`item.id IN (${attached(organizationId)} AND agent.id = ${id}::text)`
    : NOTHING;
}

/** An agent's id means its default conversation. */
function ofConversation(id: string, alias = 'item'): Prisma.Sql {
  const column = Prisma.raw(`${alias}."conversationId"`);
  if (typeOfId(id) === 'Conversation') return Prisma.sql`${column} = ${id}::text`;
  if (typeOfId(id) !== 'Agent') return NOTHING;
  return Prisma.sql`${column} = (SELECT id FROM "Conversation" WHERE "agentId" = ${id}::text AND "isDefault")`;
}

const hasTag = (tag: string) => ifStorable(tag, (text) => Prisma.sql`item.tags @> ARRAY[${text}::text]`);

/** Whatever the case of the letters; no character of the text is a wildcard. */
function contains(column: string, text: string): Prisma.Sql {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return ifStorable(pattern, (like) => Prisma.sql`item.${Prisma.raw(`"${column}"`)} ILIKE ${like}::text`);
}

/** PostgreSQL takes no other text, so no row has it. */
function ifStorable(text: string, condition: (text: string) => Prisma.Sql): Prisma.Sql {
  return text.isWellFormed() && !text.includes('\0') ? condition(text) : NOTHING;
}

/** Of the run whose turn it is. Few runs are open, so they are looked for first unless idle conversations are wanted too. */
function hasStatus(organizationId: string, statuses: readonly ConversationStatus[]): Prisma.Sql {
  const isIdle = Prisma.sql`EXISTS (
    SELECT
    FROM "ConversationHead" AS head
    WHERE head."conversationId" = item.id AND head."activeRunId" IS NULL)`;
  const open = statuses.filter((status) => status !== 'IDLE');
  if (open.length === 0) return isIdle;
  const isOpen = Prisma.sql`item.id IN (
    SELECT run."conversationId"
    FROM "Run" AS run
    JOIN "ConversationHead" AS head ON head."conversationId" = run."conversationId" AND head."activeRunId" = run.id
    WHERE run."organizationId" = ${organizationId}::text AND run.status IN (${literals(open)}))`;
  return open.length === statuses.length ? isOpen : Prisma.sql`(${isIdle} OR ${isOpen})`;
}

/** Written out, so that the planner sees that a partial index holds them. They are values of an enum. */
const literals = (statuses: readonly string[]) =>
  Prisma.raw(statuses.map((status) => `'${status}'::"RunStatus"`).join(', '));
