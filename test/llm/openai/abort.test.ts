import { expect, test } from 'vitest';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { ask } from './ask.ts';

test('an abort while streaming rejects with its reason and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const reason = new Error('lease lost');
  const aborted = expect(
    ask(fake.baseUrl, { signal: leave.signal, onDelta: () => void setImmediate(() => leave.abort(reason)) }),
  ).rejects.toBe(reason);
  const call = await next;
  call.says('Hel');
  await aborted;
  await call.closed;
});

test('an abort while it waits for headers rejects with its reason and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const aborted = expect(ask(fake.baseUrl, { signal: leave.signal })).rejects.toBe('cancel');
  const call = await next;
  leave.abort('cancel');
  await aborted;
  await call.closed;
});

test('an aborted signal makes no request', async () => {
  await using fake = await startFakeOpenAi();
  await expect(ask(fake.baseUrl, { signal: AbortSignal.abort('cancel') })).rejects.toBe('cancel');
  expect(fake.requests).toEqual([]);
});
