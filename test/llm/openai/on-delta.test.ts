import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { ask, serve, chunk } from './ask.ts';

test('waits for the promise of onDelta before it reports more', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('a', 'b', 'c');
  let busy = false;
  const { reply } = await ask(fake.baseUrl, {
    async onDelta() {
      expect(busy).toBe(false);
      busy = true;
      await new Promise(setImmediate);
      busy = false;
    },
  });
  expect(reply.text).toBe('abc');
});

test('stops reading while onDelta is pending', async () => {
  const full = Promise.withResolvers<void>();
  await using server = await serve((_request, response) => {
    const piece = chunk({ choices: [{ delta: { content: 'x'.repeat(50_000) } }] });
    // Only a reader that has stopped lets the buffers of two sockets fill up and stay full.
    const push = (blocked = 0) => {
      if (response.destroyed) return;
      const flows = response.writableLength === 0;
      if (flows) response.write(piece);
      if (blocked === 50) full.resolve();
      setImmediate(push, flows ? 0 : blocked + 1);
    };
    push();
  });
  const leave = new AbortController();
  let deltas = 0;
  const pending = ask(server.baseUrl, { signal: leave.signal, onDelta: () => (deltas++, new Promise(() => {})) });
  await full.promise;
  leave.abort('enough');
  await expect(pending).rejects.toBe('enough');
  expect(deltas).toBe(1);
});

test('rejects with what onDelta throws, and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const failed = expect(
    ask(fake.baseUrl, {
      onDelta() {
        throw new Error('fenced');
      },
    }),
  ).rejects.toThrow('fenced');
  const call = await next;
  call.says('a');
  await failed;
  await call.closed;
});

test('does not hold it against the server that onDelta takes long', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('a', 'b');
  const limits = { idleMs: 150 };
  expect((await ask(fake.baseUrl, { limits, onDelta: () => sleep(200) })).reply.text).toBe('ab');
});

test('an abort while onDelta is pending rejects with its reason, closes the connection and reports no more', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const stuck = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  let deltas = 0;
  const onDelta = () => {
    deltas++;
    entered.resolve();
    return stuck.promise;
  };
  const aborted = expect(ask(fake.baseUrl, { signal: leave.signal, onDelta })).rejects.toBe('cancel');
  const call = await next;
  call.says('a', 'b');
  await entered.promise;
  leave.abort('cancel');
  await aborted;
  await call.closed;
  stuck.resolve();
  await new Promise(setImmediate);
  expect(deltas).toBe(1);
});
