import { createHash } from 'node:crypto';
import { z } from 'zod';
import { joinTexts } from '../../agent/message.ts';
import { newId } from '../../ids.ts';
import { contentPart, MAX_IMAGES, type SentPart } from '../images/content-part.ts';
import { modelSettings, nonEmptyText, shortText } from '../input.ts';
import { hasCredentials, httpUrl } from '../outbound/http-url.ts';
import type { NewRun } from '../runs/insert-run.ts';
import { clientTools } from '../tools/client-tools.ts';
import type { SentMessage } from './store-images.ts';

const MAX_CALLBACK_URL = 2000;

const callbackUrl = httpUrl(MAX_CALLBACK_URL).refine(
  (text) => !hasCredentials(text),
  'must not hold a user name or a password: leave them out, and have your server check the signature instead',
);

/** Of one send. */
export const MAX_MESSAGES = 100;
/** Of one run: its model calls. */
export const MAX_STEPS = 1000;
export const DEFAULT_STEPS = 50;

const Message = z
  .object({
    role: z.enum(['USER', 'SYSTEM']).nullish(),
    text: nonEmptyText.nullish(),
    content: z.array(contentPart).min(1).nullish(),
    name: shortText.nullish(),
    otid: shortText.nullish(),
    senderId: shortText.nullish(),
    groupId: shortText.nullish(),
  })
  .refine(({ text, content }) => (text == null) !== (content == null), 'give exactly one of text and content')
  .refine(({ role, content }) => role !== 'SYSTEM' || !content?.some(isImage), {
    path: ['content'],
    message: 'must be text alone in a message with the role SYSTEM',
  });

/** What a send may say, and a preview of it. */
export const Send = z
  .object({
    conversationId: z.string(),
    text: nonEmptyText.nullish(),
    messages: z.array(Message).min(1, 'must not be empty').max(MAX_MESSAGES).nullish(),
    otid: shortText.nullish(),
    onBusy: z.enum(['REJECT', 'ENQUEUE', 'INTERRUPT']).nullish(),
    idempotencyKey: shortText.min(1).nullish(),
    wait: z.boolean().nullish(),
    maxSteps: z.int().min(1).max(MAX_STEPS).nullish(),
    model: shortText.nullish(),
    modelSettings: modelSettings.nullish(),
    system: nonEmptyText.nullish(),
    clientTools: clientTools.nullish(),
    callbackUrl: callbackUrl.nullish(),
  })
  .refine(({ text, messages }) => (text == null) !== (messages == null), 'give exactly one of text and messages')
  .refine(
    ({ messages }) => (messages ?? []).flatMap(({ content }) => content ?? []).filter(isImage).length <= MAX_IMAGES,
    { path: ['messages'], message: `must not hold more than ${MAX_IMAGES} images` },
  )
  .refine(({ text, otid }) => text != null || otid == null, {
    path: ['otid'],
    message: 'goes with text; a message of messages has its own',
  });

function isImage({ text }: SentPart): boolean {
  return text === undefined;
}

/** The run that a send asks for, before anything is written. */
export function draftRun(
  { id: conversationId, organizationId, agentId }: { id: string; organizationId: string; agentId: string },
  request: Omit<z.output<typeof Send>, 'onBusy' | 'wait' | 'model'> & { model: string | null },
): Omit<NewRun, 'messages' | 'images'> & { messages: SentMessage[] } {
  const messages = (request.messages ?? [{ text: request.text, otid: request.otid }]).map(toInput);
  const asked = {
    maxSteps: request.maxSteps ?? DEFAULT_STEPS,
    model: request.model,
    modelSettings: request.modelSettings ?? null,
    system: request.system ?? null,
  };
  const tools = request.clientTools?.length ? request.clientTools : null;
  // Last, and only when there are any: without them the hash is that of requests from before they could be given.
  const later = [request.callbackUrl, tools].filter((part) => part != null);
  // The resolved conversation, so that an agent's id and its default conversation's are the same request.
  const requestHash = createHash('sha256')
    .update(JSON.stringify([conversationId, asked, messages, ...later]))
    .digest('hex');
  return {
    id: newId('Run'),
    kind: 'MESSAGE',
    organizationId,
    agentId,
    conversationId,
    idempotencyKey: request.idempotencyKey ?? null,
    requestHash,
    request: { ...asked, clientTools: tools },
    callbackUrl: request.callbackUrl ?? null,
    messages: messages.map((message) => ({ id: newId('Message'), ...message })),
  };
}

function toInput({ role, text, content, name, otid, senderId, groupId }: Partial<z.output<typeof Message>>) {
  const parts = content ?? [{ text: text ?? '' }];
  const about = { otid: otid ?? null, senderId: senderId ?? null, groupId: groupId ?? null };
  return role === 'SYSTEM'
    ? { ...about, kind: role, content: { text: joinTexts(parts) } }
    : { ...about, kind: 'USER' as const, content: { parts, ...(name && { name }) } };
}
