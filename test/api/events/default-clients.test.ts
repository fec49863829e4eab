import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startCuttableProxy, type CuttableProxy } from '../../harness/cuttable-proxy.ts';
import { defaultClients, type Follow, type Operation } from '../../harness/default-clients.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, send } from '../../harness/talk.ts';

const NODE = `cursor node {
  __typename
  ... on AssistantTextDelta { messageId delta offset }
  ... on MessageAdded { message { id ... on AssistantMessage { text } } }
  ... on StepRestarted { messageIds }
  ... on RunFinished { status }
}`;
const RUN = `subscription ($id: ID!) { runEvents(runId: $id) { ${NODE} } }`;
const CONVERSATION = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) { ${NODE} } }`;

const ANSWER = 'Grüße 👋 first, second, third.';

interface Node {
  __typename: string;
  delta?: string;
  offset?: number;
}

type Reducer = { texts: Map<string, string>; apply(node: Node): void };

const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');

/** The one that the README gives, as it stands there. */
function reducerOfReadme(): Reducer {
  const code = /```js\n([^`]*const texts[^]+?)```/.exec(readme)?.[1] ?? expect.fail('the README has no reducer');
  return new Function(`${code}\nreturn { texts, apply };`)();
}

/** What a page shows that follows with one of the clients, and no code but the reducer. */
function show(follow: Follow, network: CuttableProxy, operation: Operation) {
  const { texts, apply } = reducerOfReadme();
  const ended = Promise.withResolvers<void>();
  const waiting = new Map<string, () => void>();
  const shown: string[] = [];
  let received = '';
  const leave = follow(network.url, operation, {
    next(data) {
      const [edge] = Object.values(data as Record<string, { node: Node }>);
      const { node } = edge!;
      apply(node);
      received += node.delta ?? '';
      shown.push([...texts.values()].join(''));
      for (const [text, resolve] of waiting) if (shown.at(-1)!.includes(text)) resolve();
      if (node.__typename === 'RunFinished') ended.resolve();
    },
    done: (error) => (error ? ended.reject(error) : ended.resolve()),
  });
  return {
    shown,
    received: () => received,
    ended: ended.promise.finally(leave),
    sees: (text: string) => new Promise<void>((resolve) => waiting.set(text, resolve)),
  };
}

test.for([
  ['runEvents', ['first, ', 'second, ']],
  ['conversationEvents', ['first, ']],
] as const)(
  'default clients, which send their first cursor again after a drop, show the exact answer of %s with three lines',
  async ([field, words]) => {
    await using server = await startTestServer();
    await using network = await startCuttableProxy(server.url);
    const conversationId = await firstConversation(server);
    await send(server, { conversationId, text: 'Before', wait: true });
    const { eventCursor } = await history(server, conversationId);
    const next = server.model.nextCall();
    const run = await send(server, { conversationId, text: 'Hi' });
    const operation =
      field === 'runEvents'
        ? { query: RUN, variables: { id: run.id } }
        : { query: CONVERSATION, variables: { id: conversationId, after: eventCursor } };
    const pages = Object.entries(defaultClients).map(([name, follow]) => ({
      name,
      ...show(follow, network, operation),
    }));

    const call = await next;
    let said = '';
    for (const word of words) {
      const all = Promise.all(pages.map((page) => page.sees(word)));
      const text = ANSWER.slice(said.length, ANSWER.indexOf(word) + word.length);
      call.says(...text);
      said += text;
      await all;
      network.cut();
    }
    // They miss the end, as they wait a second or more before they come back.
    call.says(...ANSWER.slice(said.length));
    call.stops();
    await Promise.all(pages.map(({ ended }) => ended));

    for (const { name, shown, received } of pages) {
      expect(shown.at(-1), name).toBe(ANSWER);
      // At no moment is anything doubled, or taken back.
      const lengths = shown.map(({ length }) => length);
      expect(
        shown.filter((text) => !ANSWER.startsWith(text)),
        name,
      ).toEqual([]);
      expect(lengths, name).toEqual(lengths.toSorted((one, other) => one - other));
      expect(received().length, `${name} got nothing twice`).toBeGreaterThan(ANSWER.length);
    }
  },
);
