import DataLoader from 'dataloader';
import { runConditions } from '../../store/list-conditions.ts';
import type { Run as Row } from '../../store/generated/client.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { firstRow } from '../lists/first-row.ts';
import { Run } from './run.ts';
import { hasRelations, selectionOf, type Selection } from '../selection.ts';

builder.prismaObjectFields('Conversation', (t) => ({
  activeRun: t.field({
    description:
      'The run that has started and not ended. Null while there is none, and while one only waits for a worker.',
    type: Run,
    nullable: true,
    resolve: async ({ id: conversationId }, _args, context, info) => {
      const { activeRun } = await context.loaders.head.load(conversationId);
      const selection = selectionOf(context, info, 'Run');
      if (!activeRun?.startedAt) return null;
      if (!hasRelations(selection)) return activeRun;
      const related = await context.loaders.at(info, () => runLoader(context, selection)).load(activeRun.id);
      // It may have ended by now: of itself it shows what was read with the head.
      return { ...related, ...activeRun };
    },
  }),
  lastRun: t.field({
    description: 'The newest run, ended or not: its status is the badge in a list. Null until something was sent.',
    type: Run,
    nullable: true,
    resolve: async ({ id: conversationId }, _args, context, info) => {
      const { db } = context.deps;
      await context.loaders.head.load(conversationId);
      return firstRow(conversationId, context, info, {
        table: 'Run',
        owner: 'conversationId',
        where: runConditions(context.viewer.organizationId, {}),
        order: { column: 'queuedSeq', type: 'int', isUnique: true, direction: 'DESC' },
        withRelations: (ids, selection) => db.run.findMany({ ...selection, where: { id: { in: ids } } }),
      });
    },
  }),
}));

function runLoader({ deps: { db } }: Context, selection: Selection): DataLoader<string, Row | undefined> {
  return new DataLoader<string, Row | undefined>(async (ids) => {
    const runs = await db.run.findMany({ ...selection, where: { id: { in: [...ids] } } });
    const byId = new Map(runs.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id));
  });
}
