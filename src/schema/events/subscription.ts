import { isDelta, type ConversationEvent } from '../../events/event-types.ts';
import { NotFoundError } from '../../errors.ts';
import { findConversation, findRun } from '../../services/access.ts';
import { readHeads } from '../../store/read-heads.ts';
import { retryWhileUnavailable } from '../../store/unavailable.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { ConversationEventEdge } from './conversation-event.ts';
import { readObject, type Delivery } from './delivery.ts';
import { decodeEventCursor, encodeEventPlace, openPlace } from './event-cursor.ts';
import { untilReturned } from './until-returned.ts';

const deltasDescription = 'Whether pieces of unfinished messages are wanted too. Null counts as left out.';

builder.subscriptionField('conversationEvents', (t) =>
  t.field({
    description:
      'Replays what came after the cursor (from eventCursor when null: now, with the text in progress), then follows live. Ends only when the conversation is deleted.',
    type: ConversationEventEdge,
    args: {
      conversationId: t.arg.id({ required: true, description: "conv-… or agent-… (the agent's default conversation)" }),
      after: t.arg.string({
        description:
          'The cursor of an event, or the eventCursor of the conversation. Of another conversation: INVALID_CURSOR.',
      }),
      deltas: t.arg.boolean({ defaultValue: true, description: deltasDescription }),
    },
    subscribe: async (_root, { conversationId, after, deltas }, context) => {
      const { id } = await findConversation(context.deps, context.viewer, conversationId);
      const head = await readHead(context, id);
      const cursor = context.resumption?.lastEventId ?? after;
      const place = cursor == null ? openPlace(head) : decodeEventCursor(cursor, head);
      return untilReturned((signal) =>
        deliver(context, context.deps.follower.follow(id, place, signal), { signal, deltas: deltas ?? true }),
      );
    },
    resolve: noteCursor,
  }),
);

builder.subscriptionField('runEvents', (t) =>
  t.field({
    description:
      'The same log, one run of it, from its start when after is null. Completes after RunFinished; at once when that has been seen.',
    type: ConversationEventEdge,
    args: {
      runId: t.arg.id({ required: true, description: 'run-…' }),
      after: t.arg.string({
        description: 'The cursor of an event of the same conversation. Of another one: INVALID_CURSOR.',
      }),
      deltas: t.arg.boolean({ defaultValue: true, description: deltasDescription }),
    },
    subscribe: async (_root, { runId, after, deltas }, context) => {
      const run = await findRun(context.deps, context.viewer, runId);
      const head = await readHead(context, run.conversationId);
      const start = run.firstEventSeq - 1;
      const { resumption } = context;
      const cursor = resumption?.lastEventId ?? after;
      const place = cursor == null ? start : Math.max(start, decodeEventCursor(cursor, head));
      const isOver = run.lastEventSeq !== null && place >= run.lastEventSeq;
      if (isOver && resumption?.lastEventId !== undefined) resumption.isEnded = true;
      return untilReturned((signal) =>
        deliver(context, isOver ? nothing() : context.deps.follower.follow(run.conversationId, place, signal), {
          signal,
          deltas: deltas ?? true,
          runId,
        }),
      );
    },
    resolve: noteCursor,
  }),
);

/** Read anew: the end of the log must not be older than a cursor that the client has got already. */
async function readHead({ deps }: Context, conversationId: string) {
  const [head] = await readHeads(deps.sql, [conversationId]);
  if (!head || head.closed) throw new NotFoundError(conversationId);
  return head;
}

/** For the `id` that the event has over SSE. */
function noteCursor(event: Delivery, _args: unknown, { resumption }: Context): Delivery {
  if (resumption) resumption.eventId = encodeEventPlace(event.conversationId, event.seq);
  return event;
}

/** What of the log the subscription is about. It ends with the log, or with the run that it is limited to. */
async function* deliver(
  context: Context,
  events: AsyncGenerator<ConversationEvent, void>,
  { signal, deltas, runId }: { signal: AbortSignal; deltas: boolean; runId?: string },
): AsyncGenerator<Delivery, void> {
  for await (const event of events) {
    if (runId !== undefined && event.runId !== runId) continue;
    // The hot path: no read, no promise.
    if (isDelta(event)) {
      if (deltas) yield event;
      continue;
    }
    const delivery = await retryWhileUnavailable(() => readObject(context.deps.db, context.viewer, event), signal);
    if (delivery) yield delivery;
    if (runId !== undefined && event.type === 'RunFinished') return;
  }
}

async function* nothing(): AsyncGenerator<never, void> {}
