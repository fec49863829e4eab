import { DEFAULT_SIZE, MAX_SIZE } from './keyset-connection.ts';

/** What the schema says of the types and fields that the Relay plugin makes. */
export const relayDescriptions = {
  idFieldOptions: {
    description: '`<prefix>-<uuidv7>`: unique over all types, the same in logs and in SQL. The prefix names the type.',
  },
  nodeTypeOptions: {
    description:
      "Everything with an id of its own. id = '<prefix>-<uuidv7>'; the prefix names the type (agent-, conv-, message-, run-, step-, block-, toolcall-).",
  },
  pageInfoTypeOptions: { description: 'Where a page lies in its list. Both claims are exact, whichever way you page.' },
  hasNextPageFieldOptions: { description: 'There are items after the last one of this page.' },
  hasPreviousPageFieldOptions: { description: 'There are items before the first one of this page.' },
  startCursorFieldOptions: { description: 'The cursor of the first item; null on an empty page.' },
  endCursorFieldOptions: { description: 'The cursor of the last item; null on an empty page.' },
  firstArgOptions: {
    description: `How many items from the start, or from after \`after\`: 1 to ${MAX_SIZE}, ${DEFAULT_SIZE} if neither it nor \`last\` is given. Not together with \`last\`.`,
  },
  afterArgOptions: {
    description:
      'Only what comes after this cursor. A cursor of another kind of list, or of another order, is INVALID_CURSOR.',
  },
  lastArgOptions: {
    description: `How many items from the end, or from before \`before\`: 1 to ${MAX_SIZE}. They still come in the order of the list. Not together with \`first\`.`,
  },
  beforeArgOptions: {
    description:
      'Only what comes before this cursor. A cursor of another kind of list, or of another order, is INVALID_CURSOR.',
  },
  pageInfoFieldOptions: { description: 'Where this page lies in the list.' },
  edgesFieldOptions: { description: 'The items of this page, each with its cursor.' },
  nodeFieldOptions: { description: 'The item itself.' },
  cursorFieldOptions: {
    description:
      'The place of the item in this list and order. Opaque; good for lists of this kind in this order only, also when the item has moved or is gone.',
  },
  nodeQueryOptions: {
    description: 'Any node by its id. Null when there is none, when it was deleted, and when the text is no id.',
    args: { id: { description: 'The id of a node of any type.' } },
  },
  nodesQueryOptions: {
    description: 'Nodes of any types by their ids, in the same order; null in the place of each that is not there.',
    args: { ids: { description: 'Ids of nodes of any types. An id may come twice.' } },
  },
};
