import type { ModelMessage } from '../../agent/model.ts';

type Return = Extract<ModelMessage, { role: 'tool' }>;

const NO_RESULT = 'There is no result of this call.';

/** Puts one return behind each call, in the order of the calls. A return without a call stays as text of the user. */
export function pairCalls(messages: ModelMessage[]): ModelMessage[] {
  const returns = Map.groupBy(
    messages.filter((message) => message.role === 'tool'),
    ({ toolCallId }) => toolCallId,
  );
  const paired = new Set<ModelMessage>();
  // Of several calls with one id each takes its own return.
  const returnOf = (id: string): Return => {
    const found = returns.get(id)?.shift();
    if (found) paired.add(found);
    return found ?? { role: 'tool', toolCallId: id, text: NO_RESULT };
  };
  const behind = messages.map((message) =>
    message.role === 'assistant' ? message.toolCalls.map(({ id }) => returnOf(id)) : [],
  );
  return messages.flatMap((message, index) => {
    if (message.role !== 'tool') return [message, ...behind[index]!];
    return paired.has(message) ? [] : [{ role: 'user' as const, text: `Result of a tool call:\n${message.text}` }];
  });
}
