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

// Each of them on the alias t of one table.

export function conversationConditions(organizationId: string, filter: ConversationFilter): Prisma.Sql {
  return all([
    visibleTo(organizationId),
    filter.agentId != null && equals('agentId', filter.agentId, 'Agent'),
    filter.summarySearch && contains('summary', filter.summarySearch),
    filter.statuses?.length && hasStatus(organizationId, filter.statuses),
  ]);
}

export function agentConditions(organizationId: string, filter: AgentFilter): Prisma.Sql {
  const { name, query, tags, matchAllTags, lastStopReason, includeHidden } = filter;
  return all([
    visibleTo(organizationId),
    !includeHidden && Prisma.sql`NOT t.hidden`,
    name != null && ifStorable(name, (text) => Prisma.sql`t.name = ${text}::text`),
    query && contains('name', query),
    tags?.length && (matchAllTags ? all(tags.map(hasTag)) : Prisma.sql`(${Prisma.join(tags.map(hasTag), ' OR ')})`),
    lastStopReason != null && Prisma.sql`t."lastStopReason" = ${lastStopReason}::"StopReason"`,
  ]);
}

/** Not the copies that conversations have for themselves. */
export function blockConditions(organizationId: string, filter: BlockFilter): Prisma.Sql {
  const { label, labelSearch, agentId, isAttached } = filter;
  return all([
    visibleTo(organizationId),
    Prisma.sql`NOT t."isIsolated"`,
    label != null && ifStorable(label, (text) => Prisma.sql`t.label = ${text}::text`),
    labelSearch && contains('label', labelSearch),
    agentId != null && ofAgent(organizationId, agentId),
    isAttached != null &&
      Prisma.sql`${Prisma.raw(isAttached ? '' : 'NOT')} EXISTS (${attached(organizationId)} AND l."blockId" = t.id)`,
  ]);
}

export function blockVersionConditions(organizationId: string): Prisma.Sql {
  return Prisma.sql`t."organizationId" = ${organizationId}::text`;
}

export function toolConditions(organizationId: string, { name, kind }: ToolFilter): Prisma.Sql {
  return all([
    visibleTo(organizationId),
    name != null && ifStorable(name, (text) => Prisma.sql`t.name = ${text}::text`),
    kind != null && Prisma.sql`t.kind = ${kind}::"ToolKind"`,
  ]);
}

export function runConditions(organizationId: string, filter: RunFilter): Prisma.Sql {
  const { agentId, conversationId, statuses, stopReasons } = filter;
  return all([
    visibleTo(organizationId),
    agentId != null && equals('agentId', agentId, 'Agent'),
    conversationId != null && ofConversation(conversationId),
    statuses?.length && Prisma.sql`t.status IN (${literals(statuses)})`,
    stopReasons?.length && Prisma.sql`t."stopReason" = ANY(${stopReasons}::text[]::"StopReason"[])`,
  ]);
}

/** The first condition is that of the partial index. */
export function pendingCallConditions({ kind, agentId, conversationId, toolName }: PendingCallFilter): Prisma.Sql {
  return all([
    Prisma.sql`t.status IN ('AWAITING_APPROVAL', 'AWAITING_CLIENT')`,
    kind != null && Prisma.sql`t.status = ${kind}::"ToolCallStatus"`,
    agentId != null && ofRun(equals('agentId', agentId, 'Agent', 'r')),
    conversationId != null && ofRun(ofConversation(conversationId, 'r')),
    toolName != null && ifStorable(toolName, (text) => Prisma.sql`t.name = ${text}::text`),
  ]);
}

/** What waits with a queued run is not in the history yet. */
export function messageConditions({ kinds, inContext, runId, groupId }: MessageFilter): Prisma.Sql {
  return all([
    Prisma.sql`t.position IS NOT NULL`,
    kinds?.length && Prisma.sql`t.kind = ANY(${kinds}::text[]::"MessageKind"[])`,
    inContext != null && Prisma.sql`t."inContext" = ${inContext}::boolean`,
    runId != null && equals('runId', runId, 'Run'),
    groupId != null && ifStorable(groupId, (text) => Prisma.sql`t."groupId" = ${text}::text`),
  ]);
}

const visibleTo = (organizationId: string) =>
  Prisma.sql`t."organizationId" = ${organizationId}::text AND t."deletedAt" IS NULL`;

const NOTHING = Prisma.sql`false`;

function all(conditions: (Prisma.Sql | false | '' | 0 | null | undefined)[]): Prisma.Sql {
  return Prisma.join(
    conditions.filter((condition) => condition instanceof Prisma.Sql),
    ' AND ',
  );
}

function equals(column: string, id: string, type: 'Agent' | 'Run', alias = 't'): Prisma.Sql {
  return typeOfId(id) === type ? Prisma.sql`${Prisma.raw(`${alias}."${column}"`)} = ${id}::text` : NOTHING;
}

const ofRun = (condition: Prisma.Sql) =>
  Prisma.sql`EXISTS (SELECT FROM "Run" r WHERE r.id = t."runId" AND ${condition})`;

/** The blocks that agents have, to be narrowed down. */
const attached = (organizationId: string) => Prisma.sql`
  SELECT l."blockId" FROM "AgentBlock" l JOIN "Agent" a ON a.id = l."agentId"
  WHERE a."organizationId" = ${organizationId}::text AND a."deletedAt" IS NULL`;

function ofAgent(organizationId: string, id: string): Prisma.Sql {
  return typeOfId(id) === 'Agent' ? Prisma.sql`t.id IN (${attached(organizationId)} AND a.id = ${id}::text)` : NOTHING;
}

/** An agent's id means its default conversation. */
function ofConversation(id: string, alias = 't'): Prisma.Sql {
  const column = Prisma.raw(`${alias}."conversationId"`);
  if (typeOfId(id) === 'Conversation') return Prisma.sql`${column} = ${id}::text`;
  if (typeOfId(id) !== 'Agent') return NOTHING;
  return Prisma.sql`${column} = (SELECT c.id FROM "Conversation" c WHERE c."agentId" = ${id}::text AND c."isDefault")`;
}

const hasTag = (tag: string) => ifStorable(tag, (text) => Prisma.sql`t.tags @> ARRAY[${text}::text]`);

/** Whatever the case of the letters; no character of the text is a wildcard. */
function contains(column: string, text: string): Prisma.Sql {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return ifStorable(pattern, (like) => Prisma.sql`t.${Prisma.raw(`"${column}"`)} ILIKE ${like}::text`);
}

/** PostgreSQL takes no other text, so no row has it. */
function ifStorable(text: string, condition: (text: string) => Prisma.Sql): Prisma.Sql {
  return text.isWellFormed() && !text.includes('\0') ? condition(text) : NOTHING;
}

/** Of the run whose turn it is. Few runs are open, so they are looked for first unless idle conversations are wanted too. */
function hasStatus(organizationId: string, statuses: readonly ConversationStatus[]): Prisma.Sql {
  const isIdle = Prisma.sql`EXISTS (SELECT FROM "ConversationHead" h WHERE h."conversationId" = t.id AND h."activeRunId" IS NULL)`;
  const open = statuses.filter((status) => status !== 'IDLE');
  if (open.length === 0) return isIdle;
  const isOpen = Prisma.sql`t.id IN (
    SELECT r."conversationId" FROM "Run" r JOIN "ConversationHead" h ON h."conversationId" = r."conversationId" AND h."activeRunId" = r.id
    WHERE r."organizationId" = ${organizationId}::text AND r.status IN (${literals(open)}))`;
  return open.length === statuses.length ? isOpen : Prisma.sql`(${isIdle} OR ${isOpen})`;
}

/** Written out, so that the planner sees that a partial index holds them. They are values of an enum. */
const literals = (statuses: readonly string[]) =>
  Prisma.raw(statuses.map((status) => `'${status}'::"RunStatus"`).join(', '));
