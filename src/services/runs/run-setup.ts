import { Prisma, type Agent, type Conversation } from '../../store/generated/client.ts';
import { toolColumns, type AttachedTool } from '../tools/declared-tools.ts';

const agentColumns = ['system', 'modelSettings', 'contextWindow', 'compactionSettings', 'toolRules'] as const;
const conversationColumns = ['model', 'modelSettings'] as const;

/**
 * What a run keeps from its first claim to its end, beside its model: these columns of its agent and its conversation, and the
 * agent's tools. Memory is not in it: see `systemMessage` and `commitCompaction`.
 */
export interface RunSetup {
  agent: Pick<Agent, (typeof agentColumns)[number]>;
  conversation: Pick<Conversation, (typeof conversationColumns)[number]>;
  tools: AttachedTool[];
}

/** In SQL: the setup of a run that starts now, of the aliases `a` of its agent and `c` of its conversation. */
export const setupNow = Prisma.sql`
  json_build_object(
    'agent', ${objectOf('a', agentColumns)},
    'conversation', ${objectOf('c', conversationColumns)},
    'tools', (
      SELECT coalesce(json_agg(json_build_object('requiresApproval', link."requiresApproval", 'tool', ${objectOf('tool', toolColumns)}) ORDER BY tool.id), '[]')
      FROM "AgentTool" AS link JOIN "Tool" AS tool ON tool.id = link."toolId"
      WHERE link."agentId" = a.id))`;

function objectOf(alias: string, columns: readonly string[]): Prisma.Sql {
  return Prisma.raw(`json_build_object(${columns.map((column) => `'${column}', ${alias}."${column}"`).join(', ')})`);
}

/** A conversation as a run sees it that has this setup: it, its agent and the tools of that as they were, its memory as it is. */
export function asSetUp<Source extends Conversation & { agent: Agent }>(conversation: Source, setup: RunSetup): Source {
  return { ...conversation, ...setup.conversation, agent: { ...conversation.agent, ...setup.agent } };
}
