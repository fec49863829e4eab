import type { Model, ModelReply } from '../../agent/model.ts';
import type { CallLimits } from '../call-limits.ts';
import { invalidResponseError, silenceError, timeoutError, truncatedError, type Endpoint } from '../model-errors.ts';
import type { StreamEvent } from '../server-sent-events.ts';
import type { Answer } from './protocol.ts';
import type { EventStream } from './stream.ts';

/** After the finish reason usage comes at once or never, and after [DONE] only the end of the body is missing. */
const USAGE_MS = 1_000;
const END_MS = 100;

interface Reading {
  endpoint: Endpoint;
  stream: EventStream;
  answer: Answer;
  limits: CallLimits;
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

/** Reads the stream to the end of the answer, and reports what is new piece by piece. */
export async function readReply({ endpoint, stream, answer, limits, onDelta, signal }: Reading): Promise<ModelReply> {
  let isDone = false;
  const next = () => {
    // With its finish reason the answer is whole, whatever happens to the connection then.
    const endMs = isDone ? END_MS : USAGE_MS;
    if (answer.isWhole()) return stream.next(endMs, () => truncatedError(endpoint)).catch(() => undefined);
    const { idleMs, reasoningMs } = limits;
    return answer.hasBegun()
      ? stream.next(idleMs, () => timeoutError(endpoint, `fell silent for ${idleMs / 1000} seconds`))
      : stream.next(reasoningMs, () => silenceError(endpoint, reasoningMs));
  };
  await stream.open(limits.firstTokenMs);
  for (let events = await next(); events; events = await next()) {
    for (const data of events) {
      if (isEnd(data)) {
        isDone = true;
        answer.close();
        break;
      }
      for (const delta of answer.add(data)) {
        signal.throwIfAborted();
        const pending = onDelta(delta);
        if (pending) await pending; // never without need: this runs for every token
      }
    }
  }
  if (!answer.isWhole()) throw isDone ? invalidResponseError(endpoint, 'no answer') : answer.brokenOff();
  for (const delta of answer.end()) {
    signal.throwIfAborted();
    await onDelta(delta);
  }
  return answer.reply();
}

function isEnd(data: StreamEvent): boolean {
  return data === '[DONE]' || (typeof data === 'string' && data.length < 20 && data.trim() === '[DONE]');
}
