import { createHash } from 'node:crypto';
import { z } from 'zod';
import { joinTexts } from '../agent/message.ts';
import { ConversationBusyError, IdempotencyConflictError, PendingApprovalError } from '../errors.ts';
import { changeConversation, type Change } from '../events/change.ts';
import { failpoint } from '../failpoint.ts';
import { newId } from '../ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sqlState } from '../store/unavailable.ts';
import { findConversation } from './access.ts';
import { callbackUrl } from './callback-url.ts';
import { clientTools } from './client-tools.ts';
import { contentPart, MAX_IMAGES, type SentPart } from './content-part.ts';
import type { Deps, Viewer } from './deps.ts';
import { endOpenRuns, interrupted } from './end-run.ts';
import { checkModel, longText, modelSettings, nonEmptyText, parseInput, shortText } from './input.ts';
import { insertRunIfIdle, insertRunLocked, type NewRun } from './insert-run.ts';
import { hasImageUrl, takeImages, type SentMessage } from './take-images.ts';
import { waitForRun } from './wait-for-run.ts';

const UNIQUE_VIOLATION = '23505';

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
    messages: z.array(Message).min(1, 'must not be empty').max(100).nullish(),
    otid: shortText.nullish(),
    onBusy: z.enum(['REJECT', 'ENQUEUE', 'INTERRUPT']).nullish(),
    idempotencyKey: shortText.min(1).nullish(),
    wait: z.boolean().nullish(),
    maxSteps: z.int().min(1).max(1000).nullish(),
    model: shortText.nullish(),
    modelSettings: modelSettings.nullish(),
    system: longText.nullish(),
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

export type SendMessageInput = z.input<typeof Send>;

/**
 * Commits the messages and the run that answers them, or nothing, and returns the run's id. With a key that was used
 * before, returns the earlier run. With `wait`, returns when the run has ended, needs a decision, or the limit has passed.
 * `signal` ends the reading of images, and with it the send; from then on nothing does.
 */
export async function sendMessage(
  deps: Deps,
  viewer: Viewer,
  input: SendMessageInput,
  signal?: AbortSignal,
): Promise<string> {
  const { onBusy, wait, ...request } = parseInput(Send, input);
  const conversation = await findConversation(deps, viewer, request.conversationId);
  const model = request.model == null ? null : checkModel(deps.models, request.model);
  const draft = draftRun(conversation, { ...request, model });
  // A repeat must not read its images again: they may be gone, or others.
  const earlier = hasImageUrl(draft.messages) ? await findEarlier(deps.db, draft) : undefined;
  const runId =
    earlier ??
    (await commitRun(deps, { ...draft, ...(await takeImages(deps, draft.messages, signal)) }, onBusy ?? 'REJECT'));
  if (wait) await waitForRun(deps, runId);
  return runId;
}

async function commitRun(deps: Deps, run: NewRun, onBusy: 'REJECT' | 'ENQUEUE' | 'INTERRUPT'): Promise<string> {
  try {
    const events = await insertRunIfIdle(deps.sql, run);
    if (events) {
      failpoint('after', events);
      const { organizationId, conversationId } = run;
      deps.wakeups.publish({ organizationId, conversationId, events, isRunReady: true });
      return run.id;
    }
    return await changeConversation(deps, run.conversationId, async (change) => {
      const earlier = await findEarlier(change.tx, run);
      if (earlier) return earlier;
      await makeWay(change, onBusy);
      await insertRunLocked(change, run);
      return run.id;
    });
  } catch (error) {
    // Another send with the same key was committed first, perhaps in another conversation; this one wrote nothing.
    const earlier = sqlState(error) === UNIQUE_VIOLATION && (await findEarlier(deps.db, run));
    if (earlier) return earlier;
    throw error;
  }
}

async function findEarlier(
  db: Db | Tx,
  { organizationId, idempotencyKey, requestHash }: Pick<NewRun, 'organizationId' | 'idempotencyKey' | 'requestHash'>,
): Promise<string | undefined> {
  if (idempotencyKey === null) return undefined;
  const earlier = await db.run.findUnique({
    where: { organizationId_idempotencyKey: { organizationId, idempotencyKey } },
  });
  if (earlier && earlier.requestHash !== requestHash) throw new IdempotencyConflictError(earlier.id);
  return earlier?.id;
}

async function makeWay(change: Change, onBusy: 'REJECT' | 'ENQUEUE' | 'INTERRUPT') {
  const { tx, head } = change;
  if (head.activeRunId === null) return;
  if (onBusy === 'INTERRUPT') return void (await endOpenRuns(change, interrupted));
  const active = await tx.run.findUniqueOrThrow({ where: { id: head.activeRunId } });
  if (active.status === 'REQUIRES_ACTION') throw new PendingApprovalError(active.id);
  if (onBusy === 'REJECT') throw new ConversationBusyError(active.id);
}

/** The run that a send asks for, before anything is written. */
export function draftRun(
  { id: conversationId, organizationId, agentId }: { id: string; organizationId: string; agentId: string },
  request: Omit<z.output<typeof Send>, 'onBusy' | 'wait' | 'model'> & { model: string | null },
): Omit<NewRun, 'messages' | 'images'> & { messages: SentMessage[] } {
  const messages = (request.messages ?? [{ text: request.text, otid: request.otid }]).map(toInput);
  const asked = {
    maxSteps: request.maxSteps ?? 50,
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
