import type { MessageContent } from '../../agent/message.ts';
import type { Change } from '../../events/change.ts';
import { insertEvents } from '../../events/insert-events.ts';
import type { ConversationEvent } from '../../events/event-types.ts';
import type { Sql } from '../../store/database.ts';
import { Prisma, type RunKind } from '../../store/generated/client.ts';
import type { RunRequest } from './run-request.ts';

/** A run and the messages that it answers, before they are written. */
export interface NewRun {
  id: string;
  kind: RunKind;
  organizationId: string;
  agentId: string;
  conversationId: string;
  idempotencyKey: string | null;
  requestHash: string;
  request: RunRequest;
  callbackUrl: string | null;
  messages: NewInput[];
  /** What the messages show, written with them. */
  images: NewImage[];
}

export interface NewImage {
  id: string;
  mediaType: string;
  /** base64 */
  data: string;
}

export type NewInput = {
  id: string;
  otid: string | null;
  senderId: string | null;
  groupId: string | null;
} & ({ kind: 'USER'; content: MessageContent['USER'] } | { kind: 'SYSTEM'; content: MessageContent['SYSTEM'] });

/**
 * Writes the run and its messages in one statement when no run of the conversation is open, and makes it the active one.
 * Returns nothing, and writes nothing, when the conversation is busy or gone. The statement waits for the head's lock
 * and then decides on columns of the head alone: it sees nothing else that was committed meanwhile.
 */
export async function insertRunIfIdle(sql: Sql, run: NewRun): Promise<ConversationEvent[] | undefined> {
  const count = run.messages.length;
  const events = await sql<ConversationEvent>(Prisma.sql`
    WITH head AS (
      UPDATE "ConversationHead"
      SET "lastEventSeq" = "lastEventSeq" + 1 + ${count},
        "lastPosition" = "lastPosition" + ${count},
        "lastContextRank" = "lastContextRank" + ${count},
        "activeRunId" = ${run.id},
        "changedAt" = GREATEST(clock_timestamp(), "changedAt" + interval '1 millisecond')
      WHERE "conversationId" = ${run.conversationId} AND NOT closed AND "activeRunId" IS NULL
      RETURNING "lastEventSeq", "lastPosition", "lastContextRank"),
    place AS (
      SELECT
        "lastEventSeq" - ${count} AS "queuedSeq",
        true AS "isActive",
        "lastPosition" - ${count} AS position,
        "lastContextRank" - ${count} AS "contextRank"
      FROM head),
    ${insertRun(run)}
    ${insertEvents(Prisma.sql`
      SELECT ${run.conversationId}, place."queuedSeq", ${run.id}, 'RunQueued', '{}'::jsonb
      FROM place
      UNION ALL
      SELECT ${run.conversationId}, place."queuedSeq" + item.ord, ${run.id}, 'MessageAdded', jsonb_build_object('messageId', item.id)
      FROM place, message_row AS item`)}`);
  return events.length > 0 ? events.toSorted((one, other) => one.seq - other.seq) : undefined;
}

/** The same under a lock that is held already. A run that has to wait keeps its messages out of the history until it starts. */
export async function insertRunLocked({ tx, head, append }: Change, run: NewRun): Promise<void> {
  const isActive = head.activeRunId === null;
  const queuedSeq = append({ type: 'RunQueued', runId: run.id, data: {} });
  await tx.$queryRaw`
    WITH place AS (
      SELECT
        ${queuedSeq}::int AS "queuedSeq",
        ${isActive}::boolean AS "isActive",
        ${isActive ? head.lastPosition : null}::int AS position,
        ${isActive ? head.lastContextRank : null}::int AS "contextRank"),
    ${insertRun(run)}
    SELECT 1`;
  if (!isActive) return;
  head.activeRunId = run.id;
  head.lastPosition += run.messages.length;
  head.lastContextRank += run.messages.length;
  for (const { id } of run.messages) append({ type: 'MessageAdded', runId: run.id, data: { messageId: id } });
}

/** Members of a WITH: they need `place("queuedSeq", "isActive", position, "contextRank")`, and write nothing when it is empty. */
function insertRun(run: NewRun): Prisma.Sql {
  const messages = run.messages.map((message, index) => ({ ...message, ord: index + 1 }));
  const request = JSON.stringify(run.request);
  // A send without any keeps its statement as it is, and so its plan.
  const images = run.images.length > 0 ? insertImages(run) : Prisma.empty;
  return Prisma.sql`
    message_row AS (
      SELECT *
      FROM jsonb_to_recordset(${JSON.stringify(messages)}::jsonb)
        AS item(ord int, id text, kind text, content jsonb, otid text, "senderId" text, "groupId" text)),
    ${images}run AS (
      INSERT INTO "Run" (
        id, kind, "organizationId", "agentId", "conversationId", "queuedSeq", "firstEventSeq",
        "readyAt", "idempotencyKey", "requestHash", request, "requestAsGiven", "callbackUrl")
      SELECT
        ${run.id}, ${run.kind}::"RunKind", ${run.organizationId}, ${run.agentId}, ${run.conversationId}, "queuedSeq", "queuedSeq",
        CASE WHEN "isActive" THEN clock_timestamp() END, ${run.idempotencyKey}::text, ${run.requestHash},
        ${request}::jsonb, ${request}::json, ${run.callbackUrl}::text
      FROM place),
    message AS (
      INSERT INTO "Message" (
        id, "organizationId", "conversationId", "runId", kind, content,
        position, "contextRank", "inContext", otid, "senderId", "groupId")
      SELECT
        item.id, ${run.organizationId}, ${run.conversationId}, ${run.id}, item.kind::"MessageKind", item.content,
        place.position + item.ord, place."contextRank" + item.ord, "isActive", item.otid, item."senderId", item."groupId"
      FROM place, message_row AS item),
    conversation AS (
      UPDATE "Conversation"
      SET "lastMessageAt" = now.at,
        "lastActivityAt" = GREATEST("lastActivityAt", now.at)
      FROM place, (SELECT clock_timestamp() AS at) AS now
      WHERE id = ${run.conversationId} AND ${messages.length > 0})`;
}

function insertImages({ organizationId, images }: NewRun): Prisma.Sql {
  return Prisma.sql`image AS (
      INSERT INTO "Image" (id, "organizationId", "mediaType", data)
      SELECT item.id, ${organizationId}, item."mediaType", decode(item.data, 'base64')
      FROM place, json_to_recordset(${JSON.stringify(images)}::json)
        AS item(id text, "mediaType" text, data text)),
    `;
}
