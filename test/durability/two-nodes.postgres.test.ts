import { describe, expect, inject, test, vi } from 'vitest';
import { CANCEL, SEND } from '../harness/documents.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { firstConversation, history, readRun, runEvents, send, textOf } from '../harness/talk.ts';
import { cutAtEveryEvent } from './cut.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

function startPair(fleet: Fleet) {
  return Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'all' })]);
}

describe.runIf(inject('redisUrl'))('two nodes joined by Redis', () => {
  test.concurrent(
    'cut at every event and followed on the node that has no worker, a run is the same as uncut',
    async () => {
      await using fleet = await createFleet();
      const [other, worker] = await startPair(fleet);
      const words = Array.from({ length: 15 }, (_, index) => [{ delayMs: 10 }, `w${index} `]);
      fleet.model.answers({ reasoning: 'hm' }, ...words.flat());
      const { id } = await send(other.client, { conversationId: await firstConversation(other.client), text: 'Hi' });
      const [uncut, cut] = await Promise.all([runEvents(worker.client, id), cutAtEveryEvent(other.url, id)]);
      expect(cut).toEqual(uncut);
      expect(new Set(cut.map(({ cursor }) => cursor)).size).toBe(cut.length);
      expect(textOf(cut)).toBe(words.map(([, word]) => word).join(''));
      for (const [index, { cursor }] of uncut.entries())
        expect(await runEvents(index % 2 ? other.client : worker.client, id, cursor)).toEqual(uncut.slice(index + 1));
      expect(await probeQuiet(fleet.database.db)).toEqual([]);
    },
  );

  test.concurrent('fifty sends with one key, over both, make one run', async () => {
    await using fleet = await createFleet();
    const nodes = await startPair(fleet);
    const conversationId = await firstConversation(nodes[0].client);
    const input = { conversationId, text: 'Only once', idempotencyKey: 'once', onBusy: 'ENQUEUE' as const };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => nodes[index % 2]!.client.execute(SEND, { input })),
    );
    const payloads = answers.map(({ sendMessage }) => only(sendMessage, 'SendMessagePayload'));
    expect(new Set(payloads.map(({ run }) => run.id)).size).toBe(1);
    expect(new Set(payloads.flatMap(({ inputMessages }) => inputMessages.map(({ id }) => id))).size).toBe(1);
    await runEvents(nodes[0].client, payloads[0]!.run.id);
    // The conversation is idle again, so it is the key alone that tells.
    const again = await Promise.all(nodes.map(({ client }) => send(client, input)));
    expect(again.map(({ id }) => id)).toEqual([payloads[0]!.run.id, payloads[0]!.run.id]);
    expect((await history(nodes[1].client, conversationId)).messages.nodes).toHaveLength(3);
    expect(fleet.model.requests).toHaveLength(1);
    await expectNextSend(fleet.model, nodes[0].client, conversationId);
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
  });

  test.concurrent('a cancel on one is final, and closes the model call of the other', async () => {
    await using fleet = await createFleet();
    const [other, worker] = await startPair(fleet);
    await using begun = await midAnswer(fleet.model, other);
    const { conversationId, run, call, watcher } = begun;
    const cancelled = only((await other.client.execute(CANCEL, { runId: run.id })).cancelRun, 'CancelRunPayload').run;
    expect(cancelled).toMatchObject({ status: 'CANCELLED' });
    const { messages } = await history(worker.client, conversationId);
    expect(messages.nodes.at(-1)).toMatchObject({ text: 'Once upon ', isPartial: true });
    await call.closed;
    // Told through Redis: the next renewal would find out too, and give another reason.
    const stopped = expect.objectContaining({ runId: run.id, reason: 'Error: it has ended' });
    await vi.waitFor(() => expect(worker.lines).toContainEqual(stopped));
    expect(await readRun(worker.client, run.id)).toMatchObject({ status: 'CANCELLED' });
    await expectNextSend(fleet.model, other.client, conversationId);
    expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
  });
});
