import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print, type GraphQLFormattedError } from 'graphql';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface TestClient extends AsyncDisposable {
  /** The data; throws with the query and the answer when there are errors. */
  execute<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>;
  /** The whole answer, for tests of errors. */
  request<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | string,
    variables: Variables,
  ): Promise<Answer<Data>>;
  /** Leaving the loop ends the operation on the server. */
  subscribe<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): AsyncGenerator<Data>;
}

export interface Answer<Data> {
  status: number;
  data?: Data | null;
  errors?: readonly GraphQLFormattedError[];
}

export class GraphQLErrors extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[], query: string) {
    super(`${JSON.stringify(errors, null, 2)}\nin answer to:\n${query}`);
    this.errors = errors;
  }
}

export function createClient(url: string): TestClient {
  const socket = createSocketClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  return {
    request,
    async execute(document, variables) {
      const { data, errors } = await request(document, variables);
      if (errors || !data) throw new GraphQLErrors(errors ?? [], print(document));
      return data;
    },
    async *subscribe<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables) {
      const query = print(document);
      // The client rejects with an array of errors, which is no Error.
      const results = socket.iterate<Data>({ query, variables: variables as Record<string, unknown> });
      try {
        for await (const { data, errors } of results) {
          if (errors || !data) throw new GraphQLErrors(errors ?? [], query);
          yield data;
        }
      } catch (error) {
        throw Array.isArray(error) ? new GraphQLErrors(error, query) : error;
      }
    },
    async [Symbol.asyncDispose]() {
      await socket.dispose();
    },
  };

  async function request<Data, Variables>(document: TypedDocumentNode<Data, Variables> | string, variables: Variables) {
    const query = typeof document === 'string' ? document : print(document);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer<Data>, 'status'>) };
  }
}
