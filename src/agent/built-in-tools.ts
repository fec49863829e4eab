import type { ToolDeclaration } from './model.ts';

/** A tool that is part of the server. Every new agent gets all of them. */
interface BuiltInTool extends ToolDeclaration {
  /** It only reads. */
  isReadOnly: boolean;
}

const label = { type: 'string', description: 'The label of the memory block.' };

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  { required = Object.keys(properties), isReadOnly = false } = {},
): BuiltInTool {
  const parameters = { type: 'object', properties, required, additionalProperties: false };
  return { name, description, parameters, isReadOnly };
}

/** Named as in the reference system, so that prompts which speak of them go on to work. */
export const builtInTools: readonly BuiltInTool[] = [
  tool('core_memory_append', 'Adds a line at the end of a memory block.', {
    label,
    content: { type: 'string', description: 'What to add.' },
  }),
  tool('core_memory_replace', 'Replaces a passage of a memory block by another; an empty one deletes it.', {
    label,
    old_content: { type: 'string', description: 'The passage, exactly as it stands there, and only once.' },
    new_content: { type: 'string', description: 'What takes its place.' },
  }),
  tool(
    'memory_insert',
    'Inserts text into a memory block, as lines of its own.',
    {
      label,
      new_string: { type: 'string', description: 'What to insert.' },
      insert_line: {
        type: 'integer',
        minimum: -1,
        description:
          'After which line of the block, counted from 1; 0: before the first, -1 or left out: after the last.',
      },
    },
    { required: ['label', 'new_string'] },
  ),
  tool('memory_replace', 'Replaces a passage of a memory block by another; an empty one deletes it.', {
    label,
    old_string: { type: 'string', description: 'The passage, exactly as it stands there, and only once.' },
    new_string: { type: 'string', description: 'What takes its place.' },
  }),
  tool('memory_rethink', 'Writes a memory block anew, to order and condense what it holds.', {
    label,
    new_memory: { type: 'string', description: 'The whole new text of the block.' },
  }),
  tool(
    'conversation_search',
    'Finds what was said earlier in this conversation, by the user or by you, also what you no longer see. Other conversations are not searched. Messages with all the words come first, then those with some of them.',
    {
      query: {
        type: 'string',
        maxLength: 1000,
        description:
          'Words to look for, in any form; "in quotes": next to each other; -word: without it. If left out, the newest messages are found.',
      },
      roles: {
        type: 'array',
        items: { type: 'string', enum: ['user', 'assistant'] },
        description: 'Only what these have said.',
      },
      limit: { type: 'integer', minimum: 1, maximum: 50, description: 'At most so many messages; 10 if left out.' },
      start_date: {
        type: 'string',
        description: 'Only from this day or time on, in ISO 8601, such as 2024-01-31 or 2024-01-31T12:00:00Z.',
      },
      end_date: { type: 'string', description: 'Only up to this day, and with it, or up to this time.' },
    },
    { required: [], isReadOnly: true },
  ),
];

export function isBuiltIn(name: string): boolean {
  return builtInTools.some((tool) => tool.name === name);
}

/** Whether a built-in tool has this name and only reads: a call of it never takes effect. */
export function isReadOnly(name: string): boolean {
  return builtInTools.some((tool) => tool.name === name && tool.isReadOnly);
}
