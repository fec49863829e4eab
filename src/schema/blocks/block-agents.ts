import { agentConditions } from '../../store/list-conditions.ts';
import { Agent } from '../agents/agent.ts';
import { AgentConnection } from '../agents/agent-connection.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset-connection.ts';

builder.prismaObjectFields('Block', (t) => ({
  agents: t.connection(
    {
      description: 'The agents that it is attached to, the hidden ones too; the newest agent first.',
      type: Agent,
      resolve: ({ id }, args, context, info) =>
        keysetConnection(id, args, context, info, {
          table: 'Agent',
          owner: { table: 'AgentBlock', owner: 'blockId', row: 'agentId' },
          where: agentConditions(context.viewer.organizationId, { includeHidden: true }),
          order: { column: 'createdAt', type: 'timestamptz', direction: 'DESC', name: 'agents of a block' },
        }),
    },
    AgentConnection,
  ),
}));
