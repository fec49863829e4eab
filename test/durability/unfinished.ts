import { expect } from 'vitest';
import type { TestClient } from '../harness/client.ts';
import { CANCEL } from '../harness/documents.ts';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import { history, newConversation, readRun, send } from '../harness/talk.ts';

/** A conversation that a crash is to hit, and what is to come of each of its runs. */
export interface Unfinished {
  conversationId: string;
  runs: { id: string; text: string; status: 'COMPLETED' | 'CANCELLED'; attempt: number }[];
}

/** How often the model is to be asked after the crash. */
export const ASKED = 6;

/** Conversations in every state: running with runs behind it, interrupted, cancelled, and running without a word. */
export async function leaveUnfinished(model: FakeOpenAi, client: TestClient): Promise<Unfinished[]> {
  model.holdCalls();
  const [busy, interrupted, cancelled, silent] = await Promise.all(Array.from({ length: 4 }, start));
  const all = [busy!, interrupted!, cancelled!, silent!];

  await begin(busy!, 'one');
  for (const text of ['two', 'three']) await add(busy!, text, 1);

  await begin(interrupted!, 'never');
  interrupted!.runs[0] = { ...interrupted!.runs[0]!, status: 'CANCELLED', attempt: 1 };
  await begin(interrupted!, 'instead');

  await begin(cancelled!, 'stop');
  cancelled!.runs[0] = { ...cancelled!.runs[0]!, status: 'CANCELLED', attempt: 1 };
  await add(cancelled!, 'go', 2);
  await client.execute(CANCEL, { runId: cancelled!.runs[0].id });
  await model.nextCall();

  await add(silent!, 'say nothing', 2);
  await model.nextCall();
  return all;

  async function start(): Promise<Unfinished> {
    return { conversationId: await newConversation(client), runs: [] };
  }

  /** Ends what is open, and is in the middle of an answer. */
  async function begin(talk: Unfinished, text: string) {
    await add(talk, text, 2, 'INTERRUPT');
    (await model.nextCall()).says('Once ', 'upon ');
  }

  async function add(
    { conversationId, runs }: Unfinished,
    text: string,
    attempt: number,
    onBusy: 'ENQUEUE' | 'INTERRUPT' = 'ENQUEUE',
  ) {
    const { id } = await send(client, { conversationId, text, onBusy });
    runs.push({ id, text, status: 'COMPLETED', attempt });
  }
}

/** Answers as often as it is to be asked, in whatever order. */
export async function answerAll(model: FakeOpenAi): Promise<void> {
  for (let count = 0; count < ASKED; count++) {
    const call = await model.nextCall();
    call.says(`Answer to ${call.request.body.messages.at(-1)?.content}`);
    call.stops();
  }
}

export async function expectFinished(client: TestClient, { conversationId, runs }: Unfinished): Promise<void> {
  const { messages } = await history(client, conversationId);
  const texts = messages.nodes.flatMap((node) => ('text' in node ? [node.text] : []));
  for (const { id, text, status, attempt } of runs) {
    expect(await readRun(client, id)).toMatchObject({ status, attempt });
    if (status === 'COMPLETED') expect(texts[texts.indexOf(text) + 1]).toBe(`Answer to ${text}`);
  }
}
