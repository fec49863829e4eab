import { z } from 'zod';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { withCopies } from '../../key-order.ts';
import type { Block, Conversation } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import { copyBlocks } from '../blocks/copy-blocks.ts';
import { checkModel } from '../check-model.ts';
import type { Deps, Viewer } from '../deps.ts';
import { promptSource } from '../history/compile-prompt.ts';
import { longText, modelSettings, parseInput, shortText } from '../input.ts';
import { insertConversation } from './insert-conversation.ts';

const CreateConversation = z.object({
  agentId: z.string(),
  summary: longText.nullish(),
  model: shortText.nullish(),
  modelSettings: modelSettings.nullish(),
  isolatedBlockLabels: z
    .array(z.string())
    .refine((labels) => new Set(labels).size === labels.length, 'must not name a label twice')
    .nullish(),
});

/** Creates a conversation with copies of the blocks that are to be its own, or nothing, and tells lists. */
export async function createConversation(
  { db, models, wakeups }: Pick<Deps, 'db' | 'models' | 'wakeups'>,
  viewer: Viewer,
  input: unknown,
): Promise<Conversation> {
  const { summary, isolatedBlockLabels, ...fields } = parseInput(CreateConversation, input);
  const { id: agentId } = await findAgent({ db }, viewer, fields.agentId);
  const model = fields.model == null ? null : checkModel(models, fields.model);
  const modelSettings = fields.modelSettings && withCopies({ modelSettings: fields.modelSettings });
  const conversation = await db.$transaction(async (tx) => {
    // Held against a deletion of the agent, which would else miss this conversation.
    await tx.$queryRaw`SELECT id FROM "Agent" WHERE id = ${agentId} FOR SHARE`;
    const agent = await tx.agent.findFirst({ where: { id: agentId, deletedAt: null }, ...promptSource.agent });
    if (!agent) throw new NotFoundError(agentId);
    const blocks = agent.blocks.map(({ block }) => block);
    const isolated = (isolatedBlockLabels ?? []).map((label, index) => findBlock(blocks, label, index));
    const inserted = await insertConversation(tx, agent, blocks, {
      summary: summary ?? null,
      model,
      ...modelSettings,
    });
    await copyBlocks(tx, isolated, inserted.id, viewer);
    return inserted;
  });
  const { id: conversationId, organizationId } = conversation;
  wakeups.publish({ organizationId, conversationId, events: [], isRunReady: false });
  return conversation;
}

function findBlock(blocks: Block[], label: string, index: number): Block {
  const block = blocks.find((candidate) => candidate.label === label);
  if (block) return block;
  const known = blocks.map((candidate) => candidate.label).join(', ') || 'none';
  throw new InvalidInputError([
    {
      path: ['isolatedBlockLabels', String(index)],
      message: `the agent has no block ${JSON.stringify(label)}; it has: ${known}`,
    },
  ]);
}
