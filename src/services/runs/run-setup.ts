import { Prisma, type Agent, type Conversation } from '../../store/generated/client.ts';
import { jsonObject } from '../../store/json-object.ts';
import { toolColumns, type AttachedTool } from '../tools/declared-tools.ts';

const agentColumns = [
  'system',
  'modelSettings',
  'modelSettingsAsGiven',
  'contextWindow',
  'compactionSettings',
  'compactionSettingsAsGiven',
  'toolRules',
  'toolRulesAsGiven',
] as const;
const conversationColumns = ['model', 'modelSettings', 'modelSettingsAsGiven'] as const;

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
    'agent', ${jsonObject('a', agentColumns)},
    'conversation', ${jsonObject('c', conversationColumns)},
    'tools', (
      SELECT coalesce(json_agg(${jsonObject('link', ['requiresApproval'], { tool: jsonObject('tool', toolColumns) })} ORDER BY tool.id), '[]')
      FROM "AgentTool" AS link
      JOIN "Tool" AS tool ON tool.id = link."toolId"
      WHERE link."agentId" = a.id))`;

/** A conversation as a run sees it that has this setup: it, its agent and the tools of that as they were, its memory as it is. */
export function asSetUp<Source extends { agent: object }>(conversation: Source, setup: RunSetup) {
  return {
    ...conversation,
    ...setup.conversation,
    agent: { ...conversation.agent, ...setup.agent } as Source['agent'] & RunSetup['agent'],
  };
}
