import { pendingCallConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset-connection.ts';
import { OrderDirection } from '../lists/order.ts';
import { ToolCall } from './tool-call.ts';

const PendingApprovalKind = builder.enumType('PendingApprovalKind', {
  description: 'What a tool call waits for.',
  values: {
    APPROVAL: { value: 'AWAITING_APPROVAL', description: 'Somebody has to approve or deny it.' },
    RESULT: { value: 'AWAITING_CLIENT', description: 'The client has to hand in its result.' },
  } as const,
});

const PendingApprovalFilter = builder.inputType('PendingApprovalFilter', {
  description: 'Which calls are wanted: those that fulfil everything given. Null counts as left out.',
  fields: (t) => ({
    kind: t.field({ type: PendingApprovalKind, description: 'Those that wait for this.' }),
    agentId: t.id({ description: 'Those of this agent, in all its conversations.' }),
    conversationId: t.id({ description: 'Those of conv-…, or of the default conversation of agent-….' }),
    toolName: t.string({ description: 'Those of the tool with exactly this name.' }),
  }),
});

const ToolCallConnection = builder.connectionObject(
  { type: ToolCall, name: 'ToolCallConnection', description: 'A page of tool calls.' },
  { name: 'ToolCallEdge', description: 'A tool call and its place in the list.' },
);

builder.queryField('pendingApprovals', (t) =>
  t.connection(
    {
      description:
        'The inbox: every tool call of every conversation that waits for a person or for its client. Answer them with decideToolCalls.',
      type: ToolCall,
      args: {
        filter: t.arg({ type: PendingApprovalFilter, description: 'Which. All, when left out.' }),
        direction: t.arg({
          type: OrderDirection,
          defaultValue: 'ASC',
          description: 'By createdAt: ASC, those that have waited longest first. Null counts as left out.',
        }),
      },
      resolve: (_root, { filter, direction: given, ...args }, context, info) => {
        const direction = given ?? 'ASC';
        const name = `pendingApprovals CREATED_AT ${direction}`;
        return keysetConnection(context.viewer.organizationId, args, context, info, {
          table: 'ToolCall',
          owner: 'organizationId',
          where: pendingCallConditions(context.viewer.organizationId, filter ?? {}),
          order: { column: 'createdAt', type: 'timestamptz', direction, name },
        });
      },
    },
    ToolCallConnection,
  ),
);
