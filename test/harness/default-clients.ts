import { ApolloClient, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, createClient as createUrql, fetchExchange, subscriptionExchange } from '@urql/core';
import { parse } from 'graphql';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs, type FormattedExecutionResult, type Sink as ResultSink } from 'graphql-ws';
import { WebSocket } from 'ws';

/** Calls `next` with each result of a subscription, and `done` at its end. Returns a function that leaves it. */
export type Follow = (url: string, operation: Operation, sink: Sink) => () => void;

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

export interface Sink {
  next(data: unknown): void;
  done(error?: unknown): void;
}

/** With their own retries, as their documentation sets them up. */
export const defaultClients: Record<string, Follow> = {
  'Apollo Client'(url, { query, variables }, { next, done }) {
    const link = new GraphQLWsLink(ws(url));
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const subscription = client.subscribe({ query: parse(query), variables }).subscribe({
      next: ({ data, error }) => (error ? done(error) : next(data)),
      error: done,
      complete: done,
    });
    return () => subscription.unsubscribe();
  },
  'urql with graphql-ws'(url, { query, variables }, { next, done }) {
    const socket = ws(url);
    const client = createUrql({
      url,
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: (request) => ({
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(
                { ...request, query: request.query ?? '' },
                sink as ResultSink<FormattedExecutionResult>,
              ),
            }),
          }),
        }),
      ],
    });
    const { unsubscribe } = client.subscription(query, variables).subscribe(({ data, error, hasNext }) => {
      if (error) return done(error);
      if (data) next(data);
      if (!hasNext) done();
    });
    return unsubscribe;
  },
  'graphql-ws': (url, operation, { next, done }) =>
    ws(url).subscribe(operation, { next: ({ data }) => next(data), error: done, complete: done }),
  'graphql-sse': (url, operation, { next, done }) =>
    createSse({ url }).subscribe(operation, { next: ({ data }) => next(data), error: done, complete: done }),
};

function ws(url: string) {
  return createWs({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
}
