import { textOf, type ContextMessage, type ImageContent, type MessageContent, type RecordedCall } from './message.ts';
import { presentSummary } from './compaction/present-summary.ts';
import type { ModelAnswer, ModelMessage, ModelToolCall } from './model.ts';

/**
 * The context as a provider wants it: the rows of one step become one message of the assistant, and every call has its
 * return right after it. Reasoning goes as `reasoningData` alone. `images` has in base64, by id, what `storedImagesOf` names.
 */
export function buildPrompt(context: ContextMessage[], images: ReadonlyMap<string, string>): ModelMessage[] {
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
      case 'USER':
        prompt.push(toUserMessage(message.content, images));
        break;
      case 'ASSISTANT':
        prompt.push(toAnswer(message.content.text, [], message));
        assistantStep = message.stepId;
        break;
      case 'TOOL_CALL':
      case 'APPROVAL_REQUEST': {
        // A step may have both; either brings all its calls, in the order in which the model wrote them.
        const toolCalls = message.calls.map(toModelCall);
        if (isSameStep && previous?.role === 'assistant') previous.toolCalls = toolCalls;
        else prompt.push(toAnswer('', toolCalls, message));
        assistantStep = message.stepId;
        break;
      }
      case 'TOOL_RETURN':
        for (const { id, result } of message.calls) prompt.push({ role: 'tool', toolCallId: id, text: result ?? '' });
        break;
      case 'SUMMARY':
        prompt.push({ role: 'user', text: presentSummary(message.content.summary) });
        break;
      case 'REASONING':
      case 'HIDDEN_REASONING':
      case 'APPROVAL_RESPONSE':
        break;
      default:
        message satisfies never;
    }
  }
  return prompt;
}

/** The ids of the images that the prompt will show, and that are stored here. */
export function storedImagesOf(context: ContextMessage[]): string[] {
  const parts = context.flatMap(({ kind, content }) => (kind === 'USER' ? content.parts : []));
  return parts.flatMap((part) => ('image' in part && 'id' in part.image ? [part.image.id] : []));
}

function toUserMessage(content: MessageContent['USER'], images: ReadonlyMap<string, string>): ModelMessage {
  const { parts, name } = content;
  const hasImages = parts.some((part) => 'image' in part);
  return {
    role: 'user',
    text: textOf(content),
    ...(hasImages && { parts: parts.map((part) => ('text' in part ? part : toModelImage(part.image, images))) }),
    ...(name && { name }),
  };
}

function toModelImage(image: ImageContent, images: ReadonlyMap<string, string>) {
  const imageUrl = 'id' in image ? `data:${image.mediaType};base64,${images.get(image.id) ?? ''}` : image.url;
  return { imageUrl, ...(image.detail !== undefined && { detail: image.detail }) };
}

export function toModelCall({ id, name, argumentsText, givenId, extra }: RecordedCall): ModelToolCall {
  return { id, name, arguments: argumentsText, ...(givenId && { givenId }), ...(extra != null && { extra }) };
}

/** What a step adds to a context as its answer. */
export function toAnswer(
  text: string,
  toolCalls: ModelToolCall[],
  { origin, reasoningData }: Pick<ModelAnswer, 'origin' | 'reasoningData'>,
): ModelAnswer {
  return {
    role: 'assistant',
    text,
    toolCalls,
    ...(origin && { origin }),
    ...(reasoningData != null && { reasoningData }),
  };
}
