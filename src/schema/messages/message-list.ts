import type { MessageFilter } from '../../store/filters.ts';
import { messageConditions } from '../../store/list-conditions.ts';
import type { Message } from '../../store/generated/client.ts';
import type { Context } from '../context.ts';
import type { ListDefinition } from '../lists/list.ts';

/** A history, or the part of it that is a run's, or that a summary stands for. */
export function messageList(
  { deps: { db } }: Context,
  owner: 'conversationId' | 'runId' | 'coveredById',
  direction: 'ASC' | 'DESC',
  filter: MessageFilter,
): ListDefinition<Message> {
  return {
    table: 'Message',
    owner,
    where: messageConditions(filter),
    order: { column: 'position', type: 'int', isUnique: true, direction, name: `messages of ${owner} ${direction}` },
    withRelations: (ids, selection) => db.message.findMany({ ...selection, where: { id: { in: ids } } }),
  };
}
