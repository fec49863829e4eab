import type { Prisma } from '../store/generated/client.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { keysetConnection, newestFirst, type PageArgs } from './keyset.ts';
import { Run } from './run.ts';
import { nodeSelectionOf, type Selection } from './selection.ts';
import { visible } from '../services/visible.ts';

const RunConnection = builder.connectionObject(
  { type: Run, name: 'RunConnection', description: 'A page of runs.' },
  { name: 'RunEdge', description: 'A run and its place in the list.' },
);

builder.queryField('runs', (t) =>
  t.connection(
    {
      description: 'All runs of all conversations, the newest first.',
      type: Run,
      resolve: (_root, args, context, info) => runPage(args, context, nodeSelectionOf(context, info, 'Run'), {}),
    },
    RunConnection,
  ),
);

builder.prismaObjectFields('Agent', (t) => ({
  runs: t.connection(
    {
      description: 'The runs of all its conversations, the newest first.',
      type: Run,
      resolve: ({ id: agentId }, args, context, info) =>
        runPage(args, context, nodeSelectionOf(context, info, 'Run'), { agentId }),
    },
    RunConnection,
  ),
}));

builder.prismaObjectFields('Conversation', (t) => ({
  runs: t.connection(
    {
      description: 'The newest first.',
      type: Run,
      resolve: async ({ id: conversationId }, args, context, info) => {
        await context.loaders.head.load(conversationId);
        return runPage(args, context, nodeSelectionOf(context, info, 'Run'), { conversationId });
      },
    },
    RunConnection,
  ),
}));

function runPage(args: PageArgs, { deps: { db }, viewer }: Context, selection: Selection, which: Prisma.RunWhereInput) {
  const own = { ...visible.run(viewer), ...which };
  return keysetConnection(args, newestFirst('runs'), {
    find: ({ where, ...page }) => db.run.findMany({ ...selection, ...page, where: { AND: [own, where] } }),
    count: ({ where, ...page }) => db.run.count({ ...page, where: { AND: [own, where] } }),
  });
}
