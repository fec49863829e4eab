import { v7 } from 'uuid';

/** The prefix of an id names its type. */
export const prefixes = {
  Organization: 'org',
  User: 'user',
  Agent: 'agent',
  Block: 'block',
  BlockVersion: 'blockversion',
  Conversation: 'conv',
  Message: 'message',
  Run: 'run',
  Step: 'step',
  ToolCall: 'toolcall',
  Tool: 'tool',
  Image: 'image',
} as const;

export type IdType = keyof typeof prefixes;

const typeOfPrefix = new Map<string, IdType>(
  Object.entries(prefixes).map(([type, prefix]) => [prefix, type as IdType]),
);

const ID = /^([a-z]+)-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** `<prefix>-<uuidv7>`: the same id in the API, in logs and in SQL. Rises with time within one process. */
export function newId(type: IdType): string {
  return `${prefixes[type]}-${v7()}`;
}

/** The type that an id names, or nothing when the text is no id of ours. */
export function typeOfId(id: string): IdType | undefined {
  return typeOfPrefix.get(ID.exec(id)?.[1] ?? '');
}
