import type { MessageFilter } from '../../store/filters.ts';
import { messageConditions } from '../../store/list-conditions.ts';
import type { OrderedList } from '../lists/keyset-connection.ts';

/** A history, or the part of it that is a run's, or that a summary stands for. */
export function messageList(
  owner: 'conversationId' | 'runId' | 'coveredById',
  direction: 'ASC' | 'DESC',
  filter: MessageFilter,
): OrderedList<'Message'> {
  return {
    table: 'Message',
    owner,
    where: messageConditions(filter),
    order: { column: 'position', type: 'int', isUnique: true, direction, name: `messages of ${owner} ${direction}` },
  };
}
