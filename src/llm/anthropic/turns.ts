import type { ContentBlockParam, ImageBlockParam, MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { parseExactly } from '../../agent/exact-json.ts';
import type { ModelAnswer, ModelMessage, ModelPart } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { asLaidOut } from './layout.ts';

type Role = 'user' | 'assistant';

/** The API refuses a message without content, and text of white space. */
const NO_TEXT: ContentBlockParam = { type: 'text', text: '(no text)' };

/**
 * The messages of a normalised history, without its system prompt: the returns of one answer, and what the user says
 * after them, are one message of the user.
 */
export function toTurns(messages: ModelMessage[], { reasoning }: Dialect): MessageParam[] {
  const turns: { role: Role; content: ContentBlockParam[] }[] = [];
  const turnBegins = messages.findLastIndex(
    ({ role }, index) => role === 'user' && messages[index - 1]?.role !== 'tool',
  );
  messages.forEach((message, index) => {
    const isReasoned = reasoning === 'always' || (reasoning === 'turn' && index > turnBegins);
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = message.role === 'assistant' ? toAnswerBlocks(message, isReasoned) : toUserBlocks(message);
    const previous = turns.at(-1);
    if (previous?.role === role) previous.content.push(...content);
    else turns.push({ role, content });
  });
  return turns.map(({ role, content }) => ({ role, content: content.length > 0 ? content : [NO_TEXT] }));
}

function toAnswerBlocks({ text, toolCalls, reasoningData }: ModelAnswer, isReasoned: boolean): ContentBlockParam[] {
  const calls = toolCalls.map(({ id, name, arguments: written }) => ({
    type: 'tool_use' as const,
    id,
    name,
    input: parseExactly(written),
  }));
  return asLaidOut(text, calls, isReasoned ? reasoningData : undefined);
}

function toUserBlocks(message: Exclude<ModelMessage, ModelAnswer>): ContentBlockParam[] {
  if (message.role === 'tool') {
    const { toolCallId: tool_use_id, text } = message;
    return [{ type: 'tool_result', tool_use_id, ...(isText(text) && { content: text }) }];
  }
  const parts: ModelPart[] = (message.role === 'user' && message.parts) || [{ text: message.text }];
  return parts.flatMap((part) => {
    if ('imageUrl' in part) return toImage(part.imageUrl);
    return isText(part.text) ? { type: 'text', text: part.text } : [];
  });
}

function toImage(url: string): ImageBlockParam {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) return { type: 'image', source: { type: 'url', url } };
  return { type: 'image', source: { type: 'base64', media_type: mediaType as 'image/png', data } };
}

function isText(text: string): boolean {
  return text.trim() !== '';
}
