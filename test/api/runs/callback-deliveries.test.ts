import { expect, test } from 'vitest';
import { startCallbackReceiver } from '../../harness/callback-receiver.ts';
import { startTestServer } from '../../harness/server.ts';
import { readRun } from '../../harness/talk.ts';
import {
  readCallback,
  startCallingServer,
  sendWith,
  tried,
  row,
  passTime,
  signatureOf,
  firstPost,
} from '../../harness/callback-runs.ts';

test('what is not taken is tried again with the same id, until it is', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  receiver.answers(500);
  const { id, status } = await sendWith(server, receiver, { wait: true });
  expect(status).toBe('COMPLETED');
  expect(await tried(server, id, 1)).toMatchObject({ statusCode: 500, error: expect.stringContaining('500') });
  await passTime(server, id);
  expect(await tried(server, id, 2)).toMatchObject({ statusCode: 200, error: null });
  const [first, second] = receiver.posts;
  expect(second).toMatchObject({ body: first?.body, headers: { 'webhook-id': id } });
  expect(second?.headers['webhook-signature']).toBe(signatureOf(second!));
  expect(await readRun(server, id)).toMatchObject({ status: 'COMPLETED', error: null });
  expect((await row(server, id)).callbackDueAt).toBe(null);
});

test('it is tried five times in about an hour, and then no more', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  receiver.answers(...Array.from({ length: 20 }, () => 503));
  const { id } = await sendWith(server, receiver);
  const waits: number[] = [];
  for (let tries = 1; tries <= 5; tries++) {
    if (tries > 1) await passTime(server, id);
    await tried(server, id, tries);
    const { callbackDueAt, callbackSentAt } = await row(server, id);
    waits.push(Math.round((Number(callbackDueAt) - Number(callbackSentAt)) / 1000));
  }
  expect(waits.slice(0, 4)).toEqual([10, 60, 600, 3000]);
  expect((await row(server, id)).callbackDueAt).toBe(null);
  await passTime(server, id);
  await passTime(server, id);
  expect(receiver.posts).toHaveLength(5);
  expect(await readCallback(server, id)).toMatchObject({ statusCode: 503, error: expect.stringContaining('503') });
});

test('a refused connection and silence are kept as errors, and tried again', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  receiver.answers('hang');
  const silent = await sendWith(server, receiver);
  const gone = await startCallbackReceiver();
  await gone[Symbol.asyncDispose]();
  const refused = await sendWith(server, gone);
  expect(await tried(server, refused.id, 1)).toMatchObject({
    statusCode: null,
    error: expect.stringContaining('ECONNREFUSED'),
  });
  expect(await tried(server, silent.id, 1)).toMatchObject({
    statusCode: null,
    error: 'There was no answer within 5 seconds.',
  });
  await passTime(server, silent.id);
  expect(await tried(server, silent.id, 2)).toMatchObject({ statusCode: 200, error: null });
  expect((await row(server, refused.id)).callbackDueAt).not.toBe(null);
});

test('redirects are not followed', async () => {
  await using elsewhere = await startCallbackReceiver();
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  receiver.answers({ redirect: elsewhere.url });
  const { id } = await sendWith(server, receiver);
  expect(await tried(server, id, 1)).toMatchObject({ statusCode: 302, error: expect.stringContaining('redirect') });
  expect(elsewhere.connections()).toBe(0);
});

test('an answer without end counts by its status, and is left', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  receiver.answers('endless');
  const { id } = await sendWith(server, receiver);
  expect(await tried(server, id, 1)).toMatchObject({ statusCode: 200, error: null });
  await receiver.cut;
});

test('an answer that is none is an error like any other', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  const raw = ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'hello\r\n\r\n', ''];
  receiver.answers(...raw.map((text) => ({ raw: text })));
  for (const _ of raw) {
    const { id } = await sendWith(server, receiver);
    expect(await tried(server, id, 1)).toMatchObject({ statusCode: null, error: expect.stringMatching(/./) });
  }
});

test('a receiver that hangs does not hold up the callbacks of others', async () => {
  await using stuck = await startCallbackReceiver();
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  stuck.answers('hang');
  const waiting = await sendWith(server, stuck, { wait: true });
  await firstPost(stuck);
  const { id } = await sendWith(server, receiver, { wait: true });
  await firstPost(receiver);
  expect(await tried(server, id, 1)).toMatchObject({ statusCode: 200 });
  expect(await readCallback(server, waiting.id)).toMatchObject({ statusCode: null, error: null });
});

test('by default nothing is sent to addresses that are not public, whatever they are called', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startTestServer();
  const { port } = new URL(receiver.url);
  const hosts = [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `2130706433:${port}`,
    `0.0.0.0:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `[::]:${port}`,
    '[::1]',
    '[fd00::1]',
    '[fe80::1]',
    '[ff02::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '224.0.0.1',
  ];
  const sent = await Promise.all(
    hosts.map(async (host) => ({ host, run: await sendWith(server, { url: `http://${host}/x` }) })),
  );
  for (const { host, run } of sent) {
    const callback = await tried(server, run.id, 1);
    expect(callback, host).toMatchObject({ statusCode: null, error: expect.stringContaining('has no public address') });
    expect(callback?.error).toContain('CALLBACK_ALLOW_PRIVATE');
    // A name may have another address the next time; an address stays what it is.
    expect((await row(server, run.id)).callbackDueAt === null, host).toBe(!host.startsWith('localhost'));
    expect(callback?.error, host).not.toMatch(/localhost.*127/);
    expect((await readRun(server, run.id)).status).toBe('COMPLETED');
  }
  expect(receiver.connections()).toBe(0);
});
