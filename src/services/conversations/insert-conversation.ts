import type { MessageContent } from '../../agent/message.ts';
import { compileSystemPrompt, type PromptBlock } from '../../agent/system-prompt.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';
import { insertEvents } from '../../events/insert-events.ts';
import { newId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import { Prisma, type Agent, type Conversation } from '../../store/generated/client.ts';

/** Writes a conversation with its head and its first message: the system prompt. */
export async function insertConversation(
  tx: Tx,
  agent: Agent,
  blocks: PromptBlock[],
  fields: Pick<
    Prisma.ConversationUncheckedCreateInput,
    'isDefault' | 'summary' | 'model' | 'modelSettings' | 'modelSettingsAsGiven' | 'lastMessageAt'
  >,
): Promise<Conversation> {
  const { organizationId, id: agentId, system } = agent;
  const conversationId = newId('Conversation');
  const messageId = newId('Message');
  const content: MessageContent['SYSTEM'] = {
    text: compileSystemPrompt({ agentId, conversationId, system, blocks, toolRules: toolRulesOf(agent) }),
  };
  const conversation = await tx.conversation.create({
    data: { ...fields, id: conversationId, organizationId, agentId },
  });
  await tx.conversationHead.create({
    data: { conversationId, organizationId, lastEventSeq: 1, lastPosition: 1, lastContextRank: 1 },
  });
  const place = { position: 1, contextRank: 1, inContext: true };
  await tx.message.create({
    data: { id: messageId, organizationId, conversationId, kind: 'SYSTEM', content, ...place },
  });
  const data = Prisma.sql`jsonb_build_object('messageId', ${messageId}::text)`;
  await tx.$executeRaw(insertEvents(Prisma.sql`SELECT ${conversationId}, 1, NULL::text, 'MessageAdded', ${data}`));
  return conversation;
}
