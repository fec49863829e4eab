import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient as createSocketClient } from 'graphql-ws';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { ConversationEventsSubscription } from '../graphql/graphql.ts';
import { seqOf, type Transcript } from './check-transcript.ts';
import { createClient } from './client.ts';
import { CONVERSATION_EVENTS } from './documents.ts';
import { history, type Edge } from './talk.ts';

/** A subscriber in the background, with a socket of its own. When that breaks, it comes back with its newest cursor. */
export interface Watcher extends AsyncDisposable {
  /** What it was told; grows. */
  transcript: Transcript;
  /** How often its subscription broke. */
  breaks(): number;
  /** The first event, of those it has and those to come, that is meant. */
  sees(isMeant: (edge: Edge) => boolean): Promise<Edge>;
}

/** Watches a conversation from after the cursor `from`, else from what is in progress. */
export async function watch(url: string, conversationId: string, from?: string): Promise<Watcher> {
  const start = from ?? (await readCursor(url, conversationId));
  const transcript: Transcript = { conversationId, after: seqOf({ cursor: start }), edges: [] };
  const query = print(CONVERSATION_EVENTS);
  const socket = createSocketClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const waiting = new Set<() => void>();
  let breaks = 0;
  let isLeft = false;
  const watching = keepWatching();
  return {
    transcript,
    breaks: () => breaks,
    async sees(isMeant) {
      for (;;) {
        const edge = transcript.edges.find(isMeant);
        if (edge) return edge;
        if (isLeft) expect.fail(`left, having seen ${JSON.stringify(transcript.edges.map(({ node }) => node))}`);
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    async [Symbol.asyncDispose]() {
      isLeft = true;
      await Promise.resolve(socket.dispose()).catch(() => undefined); // it was just trying to reach a node that is gone
      await watching;
      tell();
    },
  };

  async function keepWatching() {
    while (!isLeft) {
      const end = await watchOnce();
      if (end === 'complete' || isLeft) return;
      // Whatever broke it: what counts is that nothing is missing after it came back.
      breaks += 1;
      await sleep(50);
    }
  }

  function watchOnce(): Promise<'complete' | 'error'> {
    const after = transcript.edges.at(-1)?.cursor ?? start;
    return new Promise((resolve) => {
      socket.subscribe<ConversationEventsSubscription>(
        { query, variables: { conversationId, after } },
        {
          next({ data, errors }) {
            if (errors || !data) return resolve('error');
            transcript.edges.push(data.conversationEvents);
            tell();
          },
          error: () => resolve('error'),
          complete: () => resolve('complete'),
        },
      );
    });
  }

  function tell() {
    for (const resume of waiting) resume();
    waiting.clear();
  }
}

async function readCursor(url: string, conversationId: string): Promise<string> {
  await using client = createClient(url);
  return (await history(client, conversationId)).eventCursor;
}
