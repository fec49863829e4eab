import type { EasyInputMessage, ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses';
import type { ModelAnswer, ModelMessage, ModelPart } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { readOutline, type OutlinePart, type SealedReasoning } from './outline.ts';

/** What stands between the texts of two messages of one answer. */
export const BETWEEN_MESSAGES = '\n\n';

/** A normalised history as input items. */
export function toInput(messages: ModelMessage[], { reasoning }: Dialect): ResponseInputItem[] {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  return messages.flatMap((message, index): ResponseInputItem[] => {
    switch (message.role) {
      case 'system':
        return [{ role: 'system', content: message.text }];
      case 'user':
        return [{ role: 'user', content: message.parts?.map(toContent) ?? message.text }];
      case 'tool':
        return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.text }];
      case 'assistant':
        return toItems(message, reasoning === 'always' || (reasoning === 'turn' && index > lastUser));
    }
  });
}

function toContent(part: ModelPart): ResponseInputContent {
  if ('text' in part) return { type: 'input_text', text: part.text };
  const { imageUrl, detail = 'auto' } = part;
  return { type: 'input_image', image_url: imageUrl, detail: detail as 'auto' };
}

/** An answer in the items that the model wrote it in; one that another model wrote as one message and its calls. */
function toItems(answer: ModelAnswer, isReasoned: boolean): ResponseInputItem[] {
  const outline = outlineOf(answer);
  const items: ResponseInputItem[] = [];
  let read = 0;
  for (const part of outline) {
    if ('reasoning' in part) {
      if (isReasoned) items.push(toReasoning(part.reasoning));
    } else if ('call' in part) {
      const call = answer.toolCalls[part.call];
      if (call) items.push({ type: 'function_call', call_id: call.id, name: call.name, arguments: call.arguments });
    } else {
      const text = answer.text.slice(read, read + part.text);
      items.push(...toMessage(read === 0 ? text : withoutGap(text), part.phase));
      read += part.text;
    }
  }
  // Reasoning is refused without the item that it led to.
  return items.slice(0, items.findLastIndex((item) => !('type' in item && item.type === 'reasoning')) + 1);
}

/** The outline that came with the answer, with all of its text and all of its calls, whatever became of it since. */
function outlineOf({ text, toolCalls, reasoningData }: ModelAnswer): OutlinePart[] {
  const known = readOutline(reasoningData)?.output ?? [];
  const named = new Set(known.flatMap((part) => ('call' in part ? [part.call] : [])));
  const further = toolCalls.flatMap((_call, call) => (named.has(call) ? [] : [{ call }]));
  const length = known.reduce((sum, part) => sum + ('text' in part ? part.text : 0), 0);
  if (length === text.length) return [...known, ...further];
  const place = known.findLastIndex((part) => 'text' in part);
  const other = known.map((part, index) =>
    'text' in part ? { ...part, text: index === place ? text.length : 0 } : part,
  );
  return [...(place === -1 ? [{ text: text.length }] : []), ...other, ...further];
}

function toMessage(text: string, phase: string | undefined): EasyInputMessage[] {
  if (text.trim() === '') return [];
  return [{ role: 'assistant', content: text, ...(phase !== undefined && { phase: phase as 'commentary' }) }];
}

function withoutGap(text: string): string {
  return text.startsWith(BETWEEN_MESSAGES) ? text.slice(BETWEEN_MESSAGES.length) : text;
}

function toReasoning({ id, summary, encrypted }: SealedReasoning): ResponseInputItem {
  return {
    type: 'reasoning',
    id,
    summary: summary.map((text) => ({ type: 'summary_text', text })),
    encrypted_content: encrypted,
  };
}
