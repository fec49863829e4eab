import { asGiven } from '../../key-order.ts';
import { blockVersionConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset-connection.ts';
import { loadRow } from '../rows.ts';
import { ToolCall } from '../runs/tool-call.ts';

const BlockVersion = builder.prismaObject('BlockVersion', {
  description:
    'A block as it was from one change to the next. What the change was is the difference to the version before; to go back, give `updateBlock` the fields of an old one.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'What Block.version was: 1, 2, 3 …' }),
    value: t.exposeString('value', { description: 'The text.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Purpose of the block, as the model saw it.',
    }),
    limit: t.exposeInt('limit', { description: 'The longest value, in Unicode code points.' }),
    readOnly: t.exposeBoolean('readOnly', { description: 'The agent itself could not change the value.' }),
    metadata: t.field({
      type: 'JSON',
      description: 'The JSON object for your own use.',
      resolve: (version) => asGiven(version, 'metadata'),
    }),
    userId: t.exposeID('userId', {
      nullable: true,
      description: 'The user who made it so. Null when an agent did, and when that was not kept yet.',
    }),
    agentId: t.exposeID('agentId', {
      nullable: true,
      description:
        'The agent that made it so with a tool of its own. Null when a user did, and when that was not kept yet.',
    }),
    toolCall: t.field({
      type: ToolCall,
      nullable: true,
      description:
        'The call by which the agent made it so. Null when no agent did, and when the conversation of the call was deleted, with every fork that shows the call.',
      resolve: ({ toolCallId }, _args, context, info) =>
        toolCallId === null ? null : loadRow(context, info, 'ToolCall', toolCallId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it became so.' }),
  }),
});

const BlockHistoryConnection = builder.connectionObject(
  { type: BlockVersion, name: 'BlockHistoryConnection', description: "A page of a block's history." },
  { name: 'BlockHistoryEdge', description: 'A version and its place in the history.' },
);

builder.prismaObjectFields('Block', (t) => ({
  history: t.connection(
    {
      description:
        'What it was made as, and every change since, the newest first. The first one is the block as it is.',
      type: BlockVersion,
      resolve: ({ id }, args, context, info) =>
        keysetConnection(id, args, context, info, {
          table: 'BlockVersion',
          owner: 'blockId',
          where: blockVersionConditions(context.viewer.organizationId),
          order: { column: 'version', type: 'int', isUnique: true, direction: 'DESC', name: 'history of a block' },
        }),
    },
    BlockHistoryConnection,
  ),
}));
