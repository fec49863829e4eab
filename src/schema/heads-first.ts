import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import { typeOfId } from '../ids.ts';
import type { Context } from './context.ts';

/**
 * Reads the heads of those ids that are conversations, when the field selects an event cursor. Call it before reading the
 * conversations by id: then no column of theirs is older than the cursor.
 */
export async function readHeadsFirst({ loaders }: Context, info: GraphQLResolveInfo, ids: string[]): Promise<void> {
  const conversationIds = ids.filter((id) => typeOfId(id) === 'Conversation');
  if (conversationIds.length > 0 && selectsEventCursor(info)) await loaders.head.loadMany(conversationIds);
}

/** Whether it is selected at any depth below the field. Directives are not evaluated: a head read in vain does no harm. */
function selectsEventCursor({ fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const visited = new Set<string>();
  const isIn = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((selection) => {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) {
        return (
          (selection.kind === Kind.FIELD && selection.name.value === 'eventCursor') || isIn(selection.selectionSet)
        );
      }
      const name = selection.name.value;
      if (visited.has(name)) return false;
      visited.add(name);
      return isIn(fragments[name]?.selectionSet);
    }) ?? false;
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet));
}
