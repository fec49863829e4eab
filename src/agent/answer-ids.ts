import { newId } from '../ids.ts';
import type { ModelDelta, TextDelta, ToolCallDelta } from './model.ts';
import { needsDecision, type Tools } from './tool.ts';

export interface MessageIds {
  reasoning: string;
  text: string;
  /** Of the calls that wait for nobody. */
  toolCall: string;
  /** Of those that somebody has to decide. */
  approvalRequest: string;
}

/** A piece of a message that is being written. */
export type MessageDelta = (TextDelta & { messageId: string }) | CallDelta;

interface CallDelta extends Omit<ToolCallDelta, 'index'> {
  messageId: string;
  toolCallId: string;
  needsDecision: boolean;
  isFirst: boolean;
}

/** The ids of one try's messages and calls, which its deltas have from the first one on. A call goes by ours, whatever the provider named it. */
export function createAnswerIds(tools: Tools) {
  const messageIds: MessageIds = {
    reasoning: newId('Message'),
    text: newId('Message'),
    toolCall: newId('Message'),
    approvalRequest: newId('Message'),
  };
  const callIds: string[] = [];
  const announced = new Set<number>();
  const callIdAt = (place: number) => (callIds[place] ??= newId('ToolCall'));

  return {
    messageIds,
    /** The id of the call at a place of the answer. */
    callIdAt,
    identify(delta: ModelDelta): MessageDelta {
      const { text } = delta;
      if (delta.type !== 'toolCall') return { type: delta.type, messageId: messageIds[delta.type], text };
      const { type, index, name } = delta;
      const isFirst = !announced.has(index);
      announced.add(index);
      // It goes by the tool alone, as it does when the call is whole: the message that comes is the one that was announced.
      const isToDecide = needsDecision(tools.get(name));
      const messageId = isToDecide ? messageIds.approvalRequest : messageIds.toolCall;
      return { type, messageId, toolCallId: callIdAt(index), name, text, isFirst, needsDecision: isToDecide };
    },
  };
}
