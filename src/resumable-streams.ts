import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from './schema/context.ts';

const EVENT_STREAM = 'text/event-stream';
const BROKEN_OFF = { 'content-type': EVENT_STREAM, 'cache-control': 'no-cache' };

/**
 * Makes event streams resumable by headers alone, as a browser's EventSource does it: each event has its cursor as id, and
 * nothing more to come is status 204. `Last-Event-ID` itself is read by the subscription fields, from the context.
 */
export function resumeStreams(): Plugin<Context & { request?: Request }> {
  const ended = new WeakSet<Request>();
  return {
    onSubscribe({ args: { contextValue } }) {
      const { request, resumption } = contextValue;
      if (!request || !resumption) return;
      return {
        onSubscribeResult() {
          if (resumption.isEnded) ended.add(request);
          return {
            onNext({ result, setResult }) {
              if (resumption.eventId !== undefined && !isAsyncIterable(result))
                setResult(withId(result, resumption.eventId));
            },
          };
        },
      };
    },
    onResultProcess({ request, result, setResultProcessor }) {
      if (ended.has(request))
        setResultProcessor((_result, { Response }) => new Response(null, { status: 204 }), EVENT_STREAM);
      // An EventSource tries again after a stream that breaks off, and never again after another status.
      else if (request.headers.get('last-event-id') && isUnavailable(result))
        setResultProcessor((_result, { Response }) => new Response(':\n\n', { headers: BROKEN_OFF }), EVENT_STREAM);
    },
    onResponse({ response }) {
      // nginx would keep events until its buffer is full.
      if (isEventStream(response)) response.headers.set('x-accel-buffering', 'no');
    },
  };
}

export function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith(EVENT_STREAM) ?? false;
}

function isUnavailable(result: object): boolean {
  const { errors }: ExecutionResult = result;
  return errors?.some(({ extensions }) => extensions['code'] === 'SERVICE_UNAVAILABLE') ?? false;
}

/** Yoga writes what `stringify` returns as the last line of the event. */
function withId<Result extends object>(result: Result, id: string): Result & { stringify(result: unknown): string } {
  return { ...result, stringify: (sent) => `${JSON.stringify(sent)}\nid: ${id}` };
}
