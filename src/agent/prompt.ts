import { textOf, type ContextMessage, type RecordedCall } from './message.ts';
import type { ModelMessage } from './model.ts';

/**
 * The context as a provider wants it: the rows of one step become one message of the assistant, and every call has its
 * return right after it. Reasoning is not sent again.
 */
export function buildPrompt(context: ContextMessage[]): ModelMessage[] {
  const prompt: ModelMessage[] = [];
  let assistantStep: string | null = null;
  for (const message of context) {
    const previous = prompt.at(-1);
    const isSameStep = assistantStep !== null && message.stepId === assistantStep;
    assistantStep = null;
    switch (message.kind) {
      case 'SYSTEM':
        prompt.push({ role: 'system', text: message.content.text });
        break;
      case 'USER': {
        const { name } = message.content;
        prompt.push({ role: 'user', text: textOf(message.content), ...(name && { name }) });
        break;
      }
      case 'ASSISTANT':
        prompt.push({ role: 'assistant', text: message.content.text, toolCalls: [] });
        assistantStep = message.stepId;
        break;
      case 'TOOL_CALL':
      case 'APPROVAL_REQUEST': {
        // A step may have both; either brings all its calls, in the order in which the model wrote them.
        const toolCalls = message.calls.map(toModelCall);
        if (isSameStep && previous?.role === 'assistant') previous.toolCalls = toolCalls;
        else prompt.push({ role: 'assistant', text: '', toolCalls });
        assistantStep = message.stepId;
        break;
      }
      case 'TOOL_RETURN':
        for (const { id, result } of message.calls) prompt.push({ role: 'tool', toolCallId: id, text: result ?? '' });
        break;
      case 'REASONING':
      case 'APPROVAL_RESPONSE':
        break;
      default:
        message satisfies never;
    }
  }
  return prompt;
}

function toModelCall({ id, name, argumentsText }: RecordedCall) {
  return { id, name, arguments: argumentsText };
}
