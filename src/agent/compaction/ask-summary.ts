import { setTimeout as sleep } from 'node:timers/promises';
import { sumUsage, type ModelUsage } from '../../usage.ts';
import { createBackoff } from '../backoff.ts';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../model.ts';

/** One way to a summary came to nothing, other than by a ModelError; there may be another way. The message is fit for a user. */
export class NoSummaryError extends Error {
  override name = 'NoSummaryError';
  /** How many messages the context would have had with a summary that was refused for being no gain. */
  readonly messagesAfter: number | null;

  constructor(message: string, messagesAfter: number | null = null) {
    super(message);
    this.messagesAfter = messagesAfter;
  }
}

/** Makes the model calls of one compaction, and counts what they use. */
export interface Asker {
  /** Resolves with the text of the answer. Rejects with ModelError, when no further try may help, or NoSummaryError. */
  ask(model: Model, request: ModelRequest): Promise<string>;
  /** Of all calls so far. */
  usage(): ModelUsage;
}

export function createAsker(maxTries: number, signal: AbortSignal): Asker {
  const usages: ModelUsage[] = [];

  async function reply(model: Model, request: ModelRequest): Promise<ModelReply> {
    const backoff = createBackoff(maxTries);
    for (;;) {
      try {
        signal.throwIfAborted();
        const answer = await model.reply(request, () => {}, signal);
        usages.push(answer.usage);
        return answer;
      } catch (error) {
        if (!(error instanceof ModelError) || signal.aborted) throw error;
        if (error.usage) usages.push(error.usage);
        const waitMs = backoff.next(error);
        if (waitMs === undefined) throw error;
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  return {
    ask: async (model, request) => summaryIn(await reply(model, request), model),
    usage: () => sumUsage(usages),
  };
}

function summaryIn({ text, toolCalls, finishReason }: ModelReply, { handle }: Model): string {
  // What stands beside a call says what the model is about to do.
  if (toolCalls.length > 0) throw new NoSummaryError(`${handle} called a tool instead of writing a summary.`);
  if (finishReason === 'CONTENT_FILTER') throw new NoSummaryError(`The content filter of ${handle} refused a summary.`);
  if (text.trim() === '') throw new NoSummaryError(`${handle} wrote an empty summary.`);
  return finishReason === 'LENGTH' ? `${text.trim()}\n[cut off at the output limit of the model]` : text.trim();
}
