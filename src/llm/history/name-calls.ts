import { createHash } from 'node:crypto';
import type { ModelMessage, ModelToolCall } from '../../agent/model.ts';
import { CALL_IDS, type Dialect } from '../dialects/dialect.ts';

/**
 * Gives each call of a paired history the id that it goes by: the one that the provider gave, while the dialect takes it and no
 * earlier call has it; else one that is made of ours, the same each time, so that a prompt cache holds.
 */
export function nameCalls(messages: ModelMessage[], { callIds }: Dialect): ModelMessage[] {
  const { pattern, length, isExact } = CALL_IDS[callIds];
  const taken = new Set<string>();
  // Of the answer before: its returns follow, in the order of its calls.
  let open: string[] = [];
  return messages.map((message) => {
    if (message.role === 'tool') return { ...message, toolCallId: open.shift() ?? message.toolCallId };
    if (message.role !== 'assistant') return message;
    const toolCalls = message.toolCalls.map((call) => ({ ...call, id: nameCall(call) }));
    open = toolCalls.map(({ id }) => id);
    return { ...message, toolCalls };
  });

  function nameCall({ id, givenId }: ModelToolCall): string {
    const isGood = (name: string) => !taken.has(name) && pattern.test(name);
    let name = givenId && !taken.has(givenId) && (!isExact || pattern.test(givenId)) ? givenId : id;
    for (let round = 0; name !== givenId && !isGood(name); round++) name = madeOf(`${id}/${round}`, length);
    taken.add(name);
    return name;
  }
}

function madeOf(text: string, length: number): string {
  const digits = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString(36);
  return digits.slice(-length);
}
