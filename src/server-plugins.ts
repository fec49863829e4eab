import { ServerResponse } from 'node:http';
import { execute, GraphQLError, subscribe } from 'graphql';
import { isAsyncIterable, type FetchAPI, type Plugin } from 'graphql-yoga';
import { isEventStream } from './resumable-streams.ts';
import type { UnderWay } from './under-way.ts';

/** A page of any site can make a browser send a form without asking first. */
export const jsonOnly: Plugin = {
  onRequestParse({ request, endResponse, fetchAPI }) {
    const type = request.headers.get('content-type') ?? '';
    const isAllowed =
      request.method !== 'POST' || type.startsWith('application/json') || type.startsWith('application/graphql');
    if (!isAllowed) endResponse(new fetchAPI.Response('Send application/json', { status: 415 }));
  },
};

/** Answers what yoga refuses as too large. */
export function refuseLargeBody(maxBytes: number): Plugin {
  const message = `The body of the request is larger than ${maxBytes} bytes, the limit that MAX_BODY_BYTES sets.`;
  const extensions = { code: 'PAYLOAD_TOO_LARGE', maxBytes };
  return {
    onResponse({ response, setResponse, fetchAPI }) {
      if (response.status !== 413) return;
      const answer = withError(response, fetchAPI, { message, extensions });
      // The rest of the body is not read, so the connection is of no more use.
      answer.headers.set('connection', 'close');
      setResponse(answer);
    },
  };
}

/** Says what to ask for, where yoga's answer has no body. */
export const explainNotAcceptable: Plugin = {
  onResponse({ request, response, setResponse, fetchAPI }) {
    if (response.status !== 406) return;
    const accept = request.headers.get('accept')?.slice(0, 200) ?? '';
    const message =
      `The answer cannot be of the types that "accept: ${accept}" names. Send "accept: text/event-stream" for a subscription ` +
      '(or use graphql-transport-ws over WebSocket), and "accept: application/json" for a query or a mutation.';
    setResponse(withError(response, fetchAPI, { message, extensions: { code: 'NOT_ACCEPTABLE' } }));
  },
};

/** The same answer with a body. The other headers stay: those for pages of other origins are among them. */
function withError({ status, headers }: Response, { Headers, Response }: FetchAPI, error: object): Response {
  const kept = new Headers(headers);
  kept.delete('content-length');
  if (!kept.has('content-type')) kept.set('content-type', 'application/json; charset=utf-8');
  return new Response(JSON.stringify({ errors: [error] }), { status, headers: kept });
}

/** Refuses documents that carry their values: each is kept for an hour, and a parsed one is many times as large. */
export function refuseLongDocument(maxLength: number): Plugin {
  const message = `The document is longer than ${maxLength} characters. Send long values, such as texts and images, as variables.`;
  return {
    onParse({ params: { source } }) {
      const { length } = typeof source === 'string' ? source : source.body;
      if (length > maxLength) throw new GraphQLError(message, { extensions: { code: 'PAYLOAD_TOO_LARGE', maxLength } });
    },
  };
}

/** Ends responses that stream when `stopped` aborts. The Accept header does not tell: urql accepts event streams for every operation. */
export function endStreams(stopped: AbortSignal): Plugin {
  return {
    onResponse({ response, serverContext }) {
      const stream = 'res' in serverContext && serverContext.res;
      if (!(stream instanceof ServerResponse) || !isEventStream(response)) return;
      // Without an `event: complete` its client knows that there is more to read elsewhere.
      const end = () => stream.end();
      stopped.addEventListener('abort', end);
      stream.once('close', () => stopped.removeEventListener('abort', end));
      stream.on('error', () => undefined); // an event that comes after the end
    },
    onSubscribe({ setResultAndStopExecution }) {
      if (stopped.aborted) setResultAndStopExecution({ errors: [isStopping()] });
    },
  };
}

const isStopping = () =>
  new GraphQLError('The server is stopping. Subscribe again, with your last cursor.', {
    extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } },
  });

/**
 * Executes with graphql's own functions. Yoga's take every object with a key `then` for a promise: a JSON value that a
 * client stored, or an answer in which a client called a field `then`.
 */
export const executeByGraphql: Plugin = {
  onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
  onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
};

/** Resolvers outlive the connection that asked: the database stays open for them. */
export function trackOperations(underWay: UnderWay): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => underWay.track(executeFn(args)));
    },
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const results = await underWay.track(subscribeFn(args));
        return isAsyncIterable(results) ? underWay.trackEach(results) : results;
      });
    },
  };
}
