import type { Model, ModelReply } from '../agent/model.ts';
import type { CallLimits } from './call-limits.ts';
import { limitError, type Endpoint } from './model-errors.ts';

type OnDelta = Parameters<Model['reply']>[1];

/** The connection of one call, and what it reports. */
export interface Connection {
  /** Aborts with the caller's signal, when the call takes too long, and when it is over. */
  signal: AbortSignal;
  onDelta: OnDelta;
  /** Whether any of the answer was reported. */
  hasBegun(): boolean;
}

/** Makes one call, which may be several requests, within `callMs`. Its connection is closed when this settles. */
export async function callWithin(
  endpoint: Endpoint,
  { callMs }: CallLimits,
  caller: { signal: AbortSignal; onDelta: OnDelta },
  call: (connection: Connection) => Promise<ModelReply>,
): Promise<ModelReply> {
  caller.signal.throwIfAborted();
  const connection = new AbortController();
  const hangUp = () => connection.abort(caller.signal.reason);
  caller.signal.addEventListener('abort', hangUp, { once: true });
  const giveUp = () => connection.abort(limitError(endpoint, `took longer than ${callMs / 1000} seconds`));
  const timer = setTimeout(giveUp, callMs);
  let isBegun = false;
  const onDelta: OnDelta = (delta) => {
    isBegun = true;
    return caller.onDelta(delta);
  };
  try {
    return await call({ signal: connection.signal, onDelta, hasBegun: () => isBegun });
  } finally {
    clearTimeout(timer);
    caller.signal.removeEventListener('abort', hangUp);
    connection.abort(); // a body read to its end has already given its connection back for the next call
  }
}

/** Rejects when the signal aborts, with its reason. An abort then ends a call at once, even while `onDelta` keeps its promise open. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
