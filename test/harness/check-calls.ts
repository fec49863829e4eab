import { textIdOf } from '../../src/events/event-types.ts';
import { isOf, type Check } from './story.ts';

/** I4: a tool call is what its deltas said, and the message that brings it is the one that they named. */
export const checkCalls: Check = function* ({ events, messages, toolCalls }) {
  const pieces = Map.groupBy(events.filter(isOf('ToolCallDelta')), ({ data }) => textIdOf(data));
  const known = new Set(toolCalls.map(({ id }) => id));
  const added = new Set(messages.map(({ id }) => id));
  for (const { id, name, argumentsText, needsDecision, stepId } of toolCalls) {
    const deltas = (pieces.get(id) ?? []).map(({ data }) => data);
    const text = deltas.map(({ delta }) => delta).join('');
    if (text !== argumentsText) yield `I4: ${id} has other arguments than its deltas, ${JSON.stringify(text)}`;
    const names = new Set(deltas.flatMap((delta) => delta.name ?? []));
    if (names.size !== 1 || deltas[0]?.name !== name) yield `I4: ${id} calls ${name}, its deltas ${[...names].join()}`;
    const kind = needsDecision ? 'APPROVAL_REQUEST' : 'TOOL_CALL';
    const message = messages.find((message) => message.stepId === stepId && message.kind === kind);
    if (deltas.some(({ messageId, messageKind }) => messageId !== message?.id || messageKind !== kind))
      yield `I4: ${id} is in the ${kind} ${message?.id}, its deltas name another message`;
  }
  for (const [id, [first]] of pieces)
    if (!known.has(id) && added.has(first?.data.messageId ?? ''))
      yield `I4: ${id} has deltas, its message has no such call`;
};
