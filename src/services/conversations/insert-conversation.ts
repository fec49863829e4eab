import type { MessageContent } from '../../agent/message.ts';
import { compileSystemPrompt, type PromptBlock } from '../../agent/system-prompt.ts';
import type { ConversationEvent } from '../../events/vocabulary.ts';
import { newId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import type { Agent, Conversation, Prisma } from '../../store/generated/client.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';

/** Writes a conversation with its head and its first message: the system prompt. */
export async function insertConversation(
  tx: Tx,
  agent: Agent,
  blocks: PromptBlock[],
  fields: Pick<
    Prisma.ConversationUncheckedCreateInput,
    'isDefault' | 'summary' | 'model' | 'modelSettings' | 'lastMessageAt'
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
  const data: ConversationEvent<'MessageAdded'>['data'] = { messageId };
  await tx.conversationEvent.create({ data: { conversationId, seq: 1, type: 'MessageAdded', data } });
  return conversation;
}
