import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import { changeConversation } from '../../events/change.ts';
import { asGiven, withCopies } from '../../key-order.ts';
import type { Tx } from '../../store/database.ts';
import type { Message, Prisma } from '../../store/generated/client.ts';
import { findConversation } from '../access.ts';
import { copyBlocks } from '../blocks/copy-blocks.ts';
import type { Deps, Viewer } from '../deps.ts';
import { blocksOf, promptSource } from '../history/compile-prompt.ts';
import { longText, parseInput } from '../input.ts';
import { copyMessages } from './copy-messages.ts';
import { insertConversation } from './insert-conversation.ts';
import { planFork, type SourceMessage } from './plan-fork.ts';

const Fork = z.object({
  conversationId: z.string(),
  throughMessageId: z.string().nullish(),
  summary: longText.nullish(),
});

/** Makes a conversation that begins as a copy of another one, or nothing, and tells lists. Returns its id. */
export async function forkConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  input: unknown,
): Promise<string> {
  const { conversationId: sourceId, throughMessageId, summary } = parseInput(Fork, input);
  const { id, organizationId } = await findConversation(deps, viewer, sourceId);
  // The source is locked, and not changed: it can neither go on nor go away while it is copied.
  const conversationId = await changeConversation(deps, id, async ({ tx }) => {
    const history = await readHistory(tx, id);
    const through = throughMessageId == null ? history.at(-1) : history.find((one) => one.id === throughMessageId);
    if (!through) throw new NotFoundError(throughMessageId ?? sourceId);
    const messages = planFork(history, through);
    const lastMessageAt = messages.at(-1)?.createdAt ?? null;
    const forkId = await insertFork(tx, viewer, id, { summary: summary ?? null, lastMessageAt });
    await copyMessages(tx, forkId, messages);
    return forkId;
  });
  deps.wakeups.publish({ organizationId, conversationId, events: [], isRunReady: false });
  return conversationId;
}

async function readHistory(tx: Tx, conversationId: string) {
  return tx.$queryRaw<(SourceMessage & Pick<Message, 'createdAt'>)[]>`
    SELECT id, kind, "stepId", "contextRank", "inContext", "coveredById", position, "createdAt"
    FROM "Message"
    WHERE "conversationId" = ${conversationId} AND position IS NOT NULL
    ORDER BY position`;
}

/** The conversation as it is before anything was said: with the agent, the settings and the blocks of the source as they are now. */
async function insertFork(
  tx: Tx,
  viewer: Viewer,
  sourceId: string,
  fields: { summary: string | null; lastMessageAt: Date | null },
): Promise<string> {
  // Held against a deletion of the agent, which would else miss the fork.
  await tx.$queryRaw`
    SELECT agent.id
    FROM "Agent" AS agent JOIN "Conversation" AS source ON source."agentId" = agent.id
    WHERE source.id = ${sourceId}
    FOR SHARE OF agent`;
  const source = await tx.conversation.findUniqueOrThrow({ where: { id: sourceId }, include: promptSource });
  const { agent, model, isolatedBlocks } = source;
  const modelSettings = asGiven(source, 'modelSettings');
  if (agent.deletedAt) throw new NotFoundError(sourceId);
  const fork = await insertConversation(tx, agent, blocksOf(source), {
    ...fields,
    model,
    ...(modelSettings !== null && withCopies({ modelSettings: modelSettings as Prisma.JsonObject })), // checked when it was written
  });
  const copies = isolatedBlocks.map(({ block }) => block);
  await copyBlocks(tx, copies, fork.id, viewer);
  return fork.id;
}
