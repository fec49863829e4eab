import type { MessageContent } from '../../agent/message.ts';
import { compileSystemPrompt } from '../../agent/system-prompt.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';
import type { Change } from '../../events/change.ts';
import type { Db, Tx } from '../../store/database.ts';
import type { Agent, Block, Conversation, Prisma } from '../../store/generated/client.ts';

/** What a conversation is to be read with, for its prompt to be compiled. */
export const promptSource = {
  agent: {
    include: {
      blocks: { where: { block: { deletedAt: null } }, include: { block: true }, orderBy: { blockId: 'asc' } },
    },
  },
  isolatedBlocks: { include: { block: true }, orderBy: { blockId: 'asc' } },
} satisfies Prisma.ConversationInclude;

/** A block under the label that it has there. */
interface LabelledBlock<Stored> {
  label: string;
  block: Stored;
}

interface Memory<Stored> {
  agent: { blocks: LabelledBlock<Stored>[] };
  isolatedBlocks: LabelledBlock<Stored>[];
}

/** What `promptOf` reads of a block. */
export const blockColumns = ['label', 'description', 'value', 'limit', 'readOnly'] as const;

export type BlockRow = Pick<Block, (typeof blockColumns)[number]>;

export type PromptSource = Memory<BlockRow> &
  Pick<Conversation, 'id' | 'agentId'> & { agent: Pick<Agent, 'system' | 'toolRules' | 'toolRulesAsGiven'> };

/** The system prompt of the conversation as of now. */
export async function compilePrompt(db: Db | Tx, conversationId: string): Promise<string> {
  return promptOf(await db.conversation.findUniqueOrThrow({ where: { id: conversationId }, include: promptSource }));
}

/** The same of a conversation that has been read. */
export function promptOf(conversation: PromptSource): string {
  const { id: conversationId, agentId, agent } = conversation;
  const { system } = agent;
  const toolRules = toolRulesOf(agent);
  return compileSystemPrompt({ agentId, conversationId, system, blocks: blocksOf(conversation), toolRules });
}

/** The agent's blocks, save where the conversation has a copy of its own. */
export function blocksOf<Stored>({ agent, isolatedBlocks }: Memory<Stored>): Stored[] {
  const own = new Map(isolatedBlocks.map(({ label, block }) => [label, block]));
  return agent.blocks.map(({ label, block }) => own.get(label) ?? block);
}

/** Makes `text` the conversation's system prompt, which is its first message. Returns whether it was another one before. */
export async function writePrompt({ tx, head: { conversationId } }: Change, text: string): Promise<boolean> {
  const content: MessageContent['SYSTEM'] = { text };
  const { count } = await tx.message.updateMany({
    where: { conversationId, position: 1, NOT: { content: { equals: content } } },
    data: { content },
  });
  return count > 0;
}
