import { z } from 'zod';
import { newId } from '../../ids.ts';
import { withCopies } from '../../key-order.ts';
import type { Models } from '../../llm/registry.ts';
import type { Tx } from '../../store/database.ts';
import type { Agent, Conversation, Prisma } from '../../store/generated/client.ts';
import { insertBlocks } from '../blocks/block-rows.ts';
import { newBlocks } from '../blocks/block.ts';
import { checkModel } from '../check-model.ts';
import { checkCompaction } from '../compaction/compaction-settings.ts';
import { insertConversation } from '../conversations/insert-conversation.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { attachTools } from '../tools/attach-tool.ts';
import { checkRuleArguments } from '../tools/check-rule-arguments.ts';
import { MAX_TOOLS } from '../tools/tool.ts';
import { agentFields, checkWindow, nullish } from './agent-fields.ts';

const DEFAULT_SYSTEM =
  'You are a helpful assistant with a lasting memory. Your memory blocks hold what you know of yourself and of the people ' +
  'you talk to. Answer clearly and to the point.';

const CreateAgent = z.object({
  ...nullish(agentFields.shape),
  name: agentFields.shape.name,
  blocks: newBlocks.nullish(),
  includeBaseTools: z.boolean().nullish(),
  toolIds: z.array(z.string()).max(MAX_TOOLS).nullish(),
});

/** Creates the agent with its tools, its blocks and its default conversation, or none of them, and tells lists. */
export async function createAgent(
  { db, models, wakeups, tools }: Pick<Deps, 'db' | 'models' | 'wakeups' | 'tools'>,
  viewer: Viewer,
  input: unknown,
): Promise<Agent> {
  const draft = draftAgent(models, viewer, input);
  const { toolIds, includeBaseTools } = draft.tools;
  await checkRuleArguments({ db, tools }, viewer, draft.agent.toolRules, {
    OR: [{ id: { in: toolIds } }, ...(includeBaseTools ? [{ kind: 'BUILT_IN' as const }] : [])],
  });
  const { agent, conversation } = await db.$transaction((tx) => insertAgent(tx, draft));
  const { id: conversationId, organizationId } = conversation;
  wakeups.publish({ organizationId, conversationId, events: [], isRunReady: false });
  return agent;
}

/** The rows of a new agent, from input that is checked here. */
export function draftAgent(
  models: Models,
  { id: userId, organizationId }: Pick<Viewer, 'id' | 'organizationId'>,
  input: unknown,
) {
  const { blocks, includeBaseTools, toolIds, ...fields } = parseInput(CreateAgent, input);
  const chosen = {
    model: checkModel(models, fields.model ?? models.defaultHandle),
    followsDefaultModel: fields.model == null,
  };
  const agent = {
    id: newId('Agent'),
    organizationId,
    name: fields.name,
    description: fields.description ?? null,
    system: fields.system ?? DEFAULT_SYSTEM,
    ...chosen,
    ...(fields.modelSettings && withCopies({ modelSettings: fields.modelSettings })),
    ...withCopies({
      compactionSettings: checkCompaction(models, fields.compactionSettings ?? {}, 'compactionSettings'),
      metadata: fields.metadata ?? {},
      toolRules: fields.toolRules ?? [],
    }),
    contextWindow: checkWindow(models, chosen, fields.contextWindow),
    tags: fields.tags ?? [],
    timezone: fields.timezone ?? 'UTC',
    hidden: fields.hidden ?? false,
  } satisfies Prisma.AgentCreateManyInput;
  return {
    agent,
    blocks: (blocks ?? []).map((block) => ({ ...block, id: newId('Block'), organizationId })),
    tools: { includeBaseTools: includeBaseTools ?? true, toolIds: toolIds ?? [] },
    userId,
  };
}

export async function insertAgent(
  tx: Tx,
  { agent: data, blocks, tools, userId }: ReturnType<typeof draftAgent>,
): Promise<{ agent: Agent; conversation: Conversation }> {
  const agent = await tx.agent.create({ data });
  await attachTools(tx, agent, tools);
  await insertBlocks(tx, blocks, { userId });
  await tx.agentBlock.createMany({ data: blocks.map(({ id, label }) => ({ agentId: agent.id, blockId: id, label })) });
  const conversation = await insertConversation(tx, agent, blocks, { isDefault: true });
  return { agent, conversation };
}
