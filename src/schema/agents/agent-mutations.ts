import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { MAX_TAGS, MIN_CONTEXT_WINDOW } from '../../services/agents/agent-fields.ts';
import { createAgent } from '../../services/agents/create-agent.ts';
import { deleteAgent } from '../../services/agents/delete-agent.ts';
import { updateAgent } from '../../services/agents/update-agent.ts';
import { MAX_BLOCKS } from '../../services/blocks/block.ts';
import { MAX_TOOLS } from '../../services/tools/tool.ts';
import { MAX_RULES } from '../../services/tools/tool-rule-input.ts';
import { BlockInput } from '../blocks/block.ts';
import { deletedPayload, rowPayload } from '../payload.ts';
import { builder } from '../builder.ts';
import { print } from '../limits.ts';
import { CompactionSettingsInput } from '../settings/compaction-settings.ts';
import { ModelSettingsInput } from '../settings/model-settings.ts';
import { ToolRuleInput } from '../tools/tool-rule-input.ts';

const TIMEZONE =
  'An IANA time zone, such as Europe/Berlin: any name that `Intl.DateTimeFormat` takes, old or new, but no offset.';

const CreateAgentPayload = rowPayload(
  'Agent',
  'CreateAgentPayload',
  'The agent was created, with its blocks, its tools and its default conversation.',
);
const UpdateAgentPayload = rowPayload('Agent', 'UpdateAgentPayload', 'The agent was changed.');

const DeleteAgentPayload = deletedPayload('DeleteAgentPayload', 'The agent is gone, with its conversations.');

builder.mutationField('createAgent', (t) =>
  t.fieldWithInput({
    description: 'Creates an agent with its blocks, its tools and its default conversation, or nothing.',
    type: CreateAgentPayload,
    errors: { types: [InvalidInputError] },
    typeOptions: { description: 'What the agent is to be. What is left out gets its default.' },
    input: {
      name: t.input.string({ required: true, description: 'For people; need not be unique.' }),
      description: t.input.string({ description: 'For people; the model does not see it.' }),
      system: t.input.string({ description: 'The instructions. A general-purpose text if not given.' }),
      model: t.input.string({
        description:
          'A handle, as `models` lists them. If not given, the agent follows the default model of the server.',
      }),
      modelSettings: t.input.field({
        type: ModelSettingsInput,
        description: 'For all its conversations that name no model of their own.',
      }),
      compactionSettings: t.input.field({
        type: CompactionSettingsInput,
        description: 'How the contexts of its conversations are made shorter when they become too long.',
      }),
      blocks: t.input.field({ type: [BlockInput], description: `Its memory; at most ${MAX_BLOCKS}.` }),
      includeBaseTools: t.input.boolean({
        description: 'Give it the built-in tools: those for its memory, and conversation_search. true if not given.',
      }),
      toolIds: t.input.idList({
        description: `Other tools to give it: tool-…. An agent has at most ${MAX_TOOLS}, the built-in ones among them.`,
      }),
      tags: t.input.stringList({ description: `Your own marks; at most ${MAX_TAGS}.` }),
      metadata: t.input.field({ type: 'JSON', description: 'A JSON object for your own use.' }),
      timezone: t.input.string({ description: `${TIMEZONE} UTC if not given.` }),
      hidden: t.input.boolean({ description: 'Leave it out of `agents`. false if not given.' }),
      toolRules: t.input.field({
        type: [ToolRuleInput],
        description: `When it may, or must, call its tools; at most ${MAX_RULES}. None if not given.`,
      }),
      contextWindow: t.input.int({
        description: `In tokens; at least ${print(MIN_CONTEXT_WINDOW)} and at most the model's own window, which is the default.`,
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => createAgent(deps, viewer, input),
  }),
);

builder.mutationField('updateAgent', (t) =>
  t.fieldWithInput({
    description:
      'Changes what is given. A run that has started keeps the model, settings, instructions, tools and tool rules that it started with, also while it waits or when its worker is lost; later runs have the new ones.',
    type: UpdateAgentPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: {
      description: 'A field left out stays; null clears what can be null, and is InvalidInputError for the rest.',
    },
    input: {
      id: t.input.id({ required: true, description: 'agent-…' }),
      name: t.input.string({ description: 'For people; need not be unique.' }),
      description: t.input.string({ description: 'For people; null clears it.' }),
      system: t.input.string({ description: 'The instructions.' }),
      model: t.input.string({
        description:
          "A handle; null: follow the default model of the server again. With another model, contextWindow becomes that model's own unless it is given too.",
      }),
      modelSettings: t.input.field({
        type: ModelSettingsInput,
        description: 'Replaces all settings; null clears them.',
      }),
      compactionSettings: t.input.field({
        type: CompactionSettingsInput,
        description: 'Changes those of its fields that are given.',
      }),
      tags: t.input.stringList({ description: 'Replaces all tags.' }),
      metadata: t.input.field({ type: 'JSON', description: 'Replaces the whole object.' }),
      timezone: t.input.string({ description: TIMEZONE }),
      hidden: t.input.boolean({ description: 'Leave it out of `agents`.' }),
      toolRules: t.input.field({
        type: [ToolRuleInput],
        description: `Replaces all rules; at most ${MAX_RULES}.`,
      }),
      contextWindow: t.input.int({
        description: `In tokens; at least ${print(MIN_CONTEXT_WINDOW)} and at most the model's own window.`,
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => updateAgent(deps, viewer, input),
  }),
);

builder.mutationField('deleteAgent', (t) =>
  t.fieldWithInput({
    description: 'Deletes the agent and its conversations, and ends their runs.',
    type: DeleteAgentPayload,
    errors: { types: [NotFoundError] },
    typeOptions: { description: 'Which agent.' },
    input: { id: t.input.id({ required: true, description: 'agent-…' }) },
    resolve: async (_root, { input: { id } }, { deps, viewer }) => {
      await deleteAgent(deps, viewer, id);
      return { deletedId: id };
    },
  }),
);
