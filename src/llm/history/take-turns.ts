import type { ModelAnswer, ModelMessage } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { mergeUsers } from './user-messages.ts';

/** What stands where a turn is missing: a text that says nothing new. */
const NO_ANSWER: ModelAnswer = { role: 'assistant', text: '(no answer)', toolCalls: [] };
const GO_ON = { role: 'user', text: '(go on)' } as const;

/** Merges and bridges, where a dialect is strict about who speaks after whom. */
export function takeTurns(messages: ModelMessage[], { alternates, userAfterTool }: Dialect): ModelMessage[] {
  if (!alternates && userAfterTool) return messages;
  const turns: ModelMessage[] = [];
  for (const message of messages) {
    const previous = turns.at(-1);
    if (message.role === 'user' && previous?.role === 'tool' && !userAfterTool) turns.push(NO_ANSWER);
    if (message.role === 'assistant' && alternates && (!previous || previous.role === 'system')) turns.push(GO_ON);
    const merged = alternates && previous && merge(previous, message);
    if (merged) turns.splice(-1, 1, merged);
    else turns.push(message);
  }
  if (turns.at(-1)?.role === 'assistant') turns.push(GO_ON);
  return turns;
}

/** The two as one, if their roles are one. An answer with calls is followed by their returns. */
function merge(one: ModelMessage, other: ModelMessage): ModelMessage | undefined {
  if (one.role === 'user' && other.role === 'user') return mergeUsers(one, other);
  if (one.role !== 'assistant' || other.role !== 'assistant' || one.toolCalls.length > 0) return undefined;
  return { ...other, text: [one.text, other.text].filter(Boolean).join('\n\n') };
}
