import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { isEnd, newConversation, readRun, send, textOf } from '../harness/talk.ts';
import { watch, type Watcher } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';

export interface Talk {
  conversationId: string;
  runId: string;
  watcher: Watcher;
}

/** Answers that stream at the same time, each in a conversation that is watched. */
export interface Talks extends AsyncDisposable {
  all: Talk[];
  /** Rejects when one of them has not ended well, or its watcher was told another text than the model has said. */
  finished: Promise<void>;
  /** After it. */
  expectNextSends(): Promise<void>;
}

interface Options {
  model: FakeOpenAi;
  /** Watched and sent to in turn. */
  nodes: NodeProcess[];
  count: number;
  words: number;
  delayMs: number;
}

export async function startTalks({ model, nodes, count, words, delayMs }: Options): Promise<Talks> {
  await using stack = new AsyncDisposableStack();
  for (let index = 0; index < count; index++) model.tokens(words, { delayMs });
  const text = Array.from({ length: words }, (_, index) => `w${index} `).join('');
  const all = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Talk> => {
      const [one, other] = [nodes[index % nodes.length]!, nodes[(index + 1) % nodes.length]!];
      const conversationId = await newConversation(one.client);
      const watcher = stack.use(await watch(other.url, conversationId));
      const run = await send(one.client, { conversationId, text: `Hi ${index}` });
      return { conversationId, runId: run.id, watcher };
    }),
  );
  const owned = stack.move();
  const finished = Promise.all(all.map(finish)).then(() => {});
  finished.catch(() => undefined); // whoever awaits it is told
  return {
    all,
    finished,
    async expectNextSends() {
      for (const { conversationId } of all) await expectNextSend(model, nodes[0]!.client, conversationId);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  async function finish({ runId, watcher }: Talk) {
    await watcher.sees(isEnd);
    expect(await readRun(nodes[0]!.client, runId)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    expect(textOf(watcher.transcript.edges)).toBe(text);
  }
}

/** Does something again and again until `finished`, every `everyMs`. Returns how often. */
export async function meanwhile(finished: Promise<void>, everyMs: number, work: () => Promise<void>): Promise<number> {
  let isOver = false;
  const over = finished.finally(() => (isOver = true));
  let count = 0;
  for (; !isOver; count++) {
    await work();
    await Promise.race([over, sleep(everyMs)]);
  }
  await finished;
  return count;
}
