import { runConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { firstRow } from '../lists/first-row.ts';
import { Run } from './run.ts';
import { loadRow } from '../rows.ts';
import { hasRelations, selectionOf } from '../selection.ts';

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
      const related = await loadRow(context, info, 'Run', activeRun.id);
      // It may have ended by now: of itself it shows what was read with the head.
      return { ...related, ...activeRun };
    },
  }),
  lastRun: t.field({
    description: 'The newest run, ended or not: its status is the badge in a list. Null until something was sent.',
    type: Run,
    nullable: true,
    resolve: async ({ id: conversationId }, _args, context, info) => {
      await context.loaders.head.load(conversationId);
      return firstRow(conversationId, context, info, {
        table: 'Run',
        owner: 'conversationId',
        where: runConditions(context.viewer.organizationId, {}),
        order: { column: 'queuedSeq', type: 'int', isUnique: true, direction: 'DESC' },
      });
    },
  }),
}));
