import { resolveCompaction } from '../../agent/compaction/settings.ts';
import { asGiven } from '../../key-order.ts';
import { Block } from '../blocks/block.ts';
import { builder } from '../builder.ts';
import { CompactionSettings } from '../settings/compaction-settings.ts';
import { ModelSettings, settingsOf } from '../settings/model-settings.ts';
import { nodeQuery } from '../node-query.ts';
import { StopReason } from '../runs/stop-reason.ts';
import { AttachedTool } from '../tools/tool.ts';
import { ToolRule } from '../tools/tool-rule.ts';
import { compactionOf } from '../../services/compaction/compaction-settings.ts';
import { modelOfAgent, windowOf } from '../../services/runs/run-settings.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';

export const Agent = builder.prismaNode('Agent', {
  description: 'Instructions, a model and memory, with any number of conversations.',
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people; need not be unique.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'For people; the model does not see it. Null when none was given.',
    }),
    system: t.exposeString('system', {
      description: 'The instructions. The system prompt is made of them and of the blocks.',
    }),
    model: t.string({
      description:
        'The handle of the model that it runs with unless a conversation or a message names another: the one that was chosen, else the default model of the server, as it is configured now.',
      resolve: (agent, _args, { deps }) => modelOfAgent(deps.models, agent),
    }),
    followsDefaultModel: t.exposeBoolean('followsDefaultModel', {
      description: 'No model was chosen: `model` is the default of the server, and changes with its configuration.',
    }),
    modelSettings: t.field({
      type: ModelSettings,
      nullable: true,
      description: 'Sent with its model, not with that of a conversation or a message. Null when nothing is set.',
      resolve: settingsOf,
    }),
    compactionSettings: t.field({
      type: CompactionSettings,
      description: 'How the contexts of its conversations are made shorter when they become too long.',
      resolve: (agent) => resolveCompaction(compactionOf(agent)),
    }),
    contextWindow: t.int({
      description: "How many tokens it may use at once: at most the model's own window.",
      resolve: (agent, _args, { deps }) => windowOf(deps.models, modelOfAgent(deps.models, agent), agent),
    }),
    tags: t.exposeStringList('tags', {
      description: 'Your own marks, each once, in the order in which they were given.',
    }),
    metadata: t.field({
      type: 'JSON',
      description: 'A JSON object for your own use. The model does not see it.',
      resolve: (row) => asGiven(row, 'metadata'),
    }),
    timezone: t.exposeString('timezone', {
      description: 'The IANA time zone that the agent lives in, by the name that was given.',
    }),
    hidden: t.exposeBoolean('hidden', {
      description: 'Left out of `agents`. It works like any other, and its id finds it.',
    }),
    blocks: t.field({
      type: [Block],
      description: 'Its memory, in the order of the system prompt. A conversation may have isolated copies of its own.',
      select: (_args, _context, nested) => ({
        blocks: { select: { block: nested() }, where: { block: { deletedAt: null } }, orderBy: { blockId: 'asc' } },
      }),
      resolve: ({ blocks }) => blocks.map(({ block }) => block),
    }),
    tools: t.relation('tools', {
      type: AttachedTool,
      description: 'What it may call, in the order in which the tools were made.',
      query: { where: { tool: { deletedAt: null } }, orderBy: { toolId: 'asc' } },
    }),
    toolRules: t.field({
      type: [ToolRule],
      description: 'When it may, or must, call its tools. Changes take effect with the next run that starts.',
      resolve: toolRulesOf,
    }),
    lastRunCompletion: t.expose('lastRunCompletion', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last message run of any of its conversations ended, however it ended. Null until one has.',
    }),
    lastStopReason: t.expose('lastStopReason', {
      type: StopReason,
      nullable: true,
      description: 'Why that run ended. Null until one has.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed. Runs do not change it.',
    }),
  }),
});

nodeQuery('Agent', Agent);
