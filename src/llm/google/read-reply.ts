import type { Model, ModelReply } from '../../agent/model.ts';
import type { CallLimits } from '../call-limits.ts';
import { silenceError, timeoutError, truncatedError, type Endpoint } from '../model-errors.ts';
import type { createAnswer } from './answer.ts';
import type { ChunkStream } from './stream.ts';

/** After the finish reason usage comes at once or never. */
const USAGE_MS = 1_000;

interface Reading {
  endpoint: Endpoint;
  stream: ChunkStream;
  answer: ReturnType<typeof createAnswer>;
  limits: CallLimits;
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

/** Reads the stream to the end of the answer, and reports what is new piece by piece. */
export async function readReply({ endpoint, stream, answer, limits, onDelta, signal }: Reading): Promise<ModelReply> {
  const { firstTokenMs, reasoningMs, idleMs } = limits;
  const silent = (what: string, ms: number) => () => timeoutError(endpoint, `${what} for ${ms / 1000} seconds`);
  const next = () => {
    // With its finish reason the answer is whole, whatever happens to the connection then.
    if (answer.isWhole()) return stream.next(USAGE_MS, () => truncatedError(endpoint)).catch(() => undefined);
    return answer.hasBegun()
      ? stream.next(idleMs, silent('fell silent', idleMs))
      : stream.next(reasoningMs, () => silenceError(endpoint, reasoningMs));
  };
  await stream.open(firstTokenMs, silent('did not answer', firstTokenMs));
  for (let chunk = await next(); chunk; chunk = await next()) {
    for (const delta of answer.add(chunk)) {
      signal.throwIfAborted();
      await onDelta(delta);
    }
  }
  if (!answer.isWhole()) throw truncatedError(endpoint);
  for (const delta of answer.end()) {
    signal.throwIfAborted();
    await onDelta(delta);
  }
  return answer.reply();
}
