import type { ModelMessage, ModelPart } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';

export type UserMessage = Extract<ModelMessage, { role: 'user' }>;

export const IMAGE_NOTE = '[An image was sent here. It was left out: the model takes no images.]';

/** As the dialect takes it: without images, and with the name in the text, where it refuses them. */
export function toUser(message: UserMessage, { images, userNames }: Dialect): UserMessage {
  const { parts, ...bare } = userNames ? message : nameInText(message);
  if (!parts || images) return parts ? { ...bare, parts } : bare;
  return { ...bare, text: parts.map((part) => ('text' in part ? part.text : IMAGE_NOTE)).join('\n\n') };
}

/** Both as one message, with their names in the text. */
export function mergeUsers(one: UserMessage, other: UserMessage): UserMessage {
  const [first, second] = [nameInText(one), nameInText(other)];
  const text = [first.text, second.text].filter(Boolean).join('\n\n');
  if (!first.parts && !second.parts) return { role: 'user', text };
  return { role: 'user', text, parts: [...partsOf(first), ...partsOf(second)] };
}

function nameInText({ name, ...message }: UserMessage): UserMessage {
  if (!name || name.trim() === '') return message;
  const text = `${name}: ${message.text}`;
  return { ...message, text, ...(message.parts && { parts: [{ text: `${name}:` }, ...message.parts] }) };
}

function partsOf({ text, parts }: UserMessage): ModelPart[] {
  return parts ?? [{ text }];
}
