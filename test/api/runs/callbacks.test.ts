import { expect, test, vi } from 'vitest';
import { startCallbackReceiver } from '../../harness/callback-receiver.ts';
import { CANCEL, SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, readRun, send } from '../../harness/talk.ts';
import {
  readCallback,
  startCallingServer,
  sendWith,
  tried,
  passTime,
  signatureOf,
  firstPost,
} from '../../harness/callback-runs.ts';

test('the end of a run is posted, signed, to its callbackUrl, and the answer is kept', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  const before = Date.now();
  const { id } = await sendWith(server, receiver, { wait: true });
  const post = await firstPost(receiver);
  const { completedAt } = await readRun(server, id);
  expect(post).toMatchObject({ method: 'POST', path: '/ended?of=run' });
  expect(JSON.parse(post.body)).toEqual({ runId: id, status: 'COMPLETED', stopReason: 'END_TURN', completedAt });
  expect(post.headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-signature': signatureOf(post),
  });
  const timestamp = Number(post.headers['webhook-timestamp']);
  expect(timestamp).toBeGreaterThanOrEqual(Math.floor(before / 1000));
  expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);

  const callback = await tried(server, id, 1);
  expect(callback).toEqual({ url: receiver.url, sentAt: expect.any(String), statusCode: 200, error: null });
  expect(Date.parse(callback?.sentAt ?? '')).toBeGreaterThanOrEqual(Date.parse(completedAt ?? ''));
  // Done with: the next look finds nothing.
  await passTime(server, id);
  await passTime(server, id);
  expect(receiver.posts).toHaveLength(1);
});

test('a run that fails, is cancelled, or is cancelled while it waits, is told of with its own ending', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  server.model.answers({ status: 401 });
  const failed = await sendWith(server, receiver, { wait: true });

  const conversationId = await newConversation(server);
  const next = server.model.nextCall();
  const running = await sendWith(server, receiver, { conversationId });
  const call = await next;
  const queued = await sendWith(server, receiver, { conversationId, onBusy: 'ENQUEUE' });
  expect(await readCallback(server, running.id)).toEqual({
    url: receiver.url,
    sentAt: null,
    statusCode: null,
    error: null,
  });
  for (const { id } of [queued, running])
    only((await server.execute(CANCEL, { runId: id })).cancelRun, 'CancelRunPayload');
  await call.closed;
  await vi.waitFor(() => expect(receiver.posts).toHaveLength(3), { timeout: 5000 });
  const bodies = Object.fromEntries(
    receiver.posts.map(({ body }) => JSON.parse(body)).map(({ runId, ...rest }) => [runId, rest]),
  );
  const completedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(bodies).toEqual({
    [failed.id]: { status: 'FAILED', stopReason: failed.stopReason, completedAt },
    [running.id]: { status: 'CANCELLED', stopReason: 'CANCELLED', completedAt },
    [queued.id]: { status: 'CANCELLED', stopReason: 'CANCELLED', completedAt },
  });
  expect(failed.stopReason).not.toBe(null);
});

test('without a secret callbacks are not signed, and without a callbackUrl there are none', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer({ CALLBACK_SECRET: '' });
  const silent = await send(server, { conversationId: await firstConversation(server), text: 'Hi', wait: true });
  expect(await readCallback(server, silent.id)).toBe(null);
  const { id } = await sendWith(server, receiver, { wait: true });
  const post = await firstPost(receiver);
  expect(post.headers).toMatchObject({ 'webhook-id': id, 'webhook-timestamp': expect.any(String) });
  expect(post.headers).not.toHaveProperty('webhook-signature');
  expect(receiver.posts).toHaveLength(1);
});

test('a secret that is too short, or no base64, stops the start, which says how to make one', async () => {
  for (const secret of ['s3cr3t', 'whsec_c2hvcnQ=', `whsec_${'*'.repeat(44)}`]) {
    const starting = startOwnServer({ CALLBACK_SECRET: secret });
    await expect(starting).rejects.toThrow(/openssl rand -base64 32[^]*CALLBACK_SECRET/);
    await expect(starting).rejects.not.toThrow(secret);
  }
});

test('a callbackUrl that cannot be called is refused with the input', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const refuse = async (callbackUrl: string) => {
    const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi', callbackUrl } });
    return only(sendMessage, 'InvalidInputError').issues;
  };
  for (const url of ['', 'example.com/x', '/x', 'ftp://example.com/', 'file:///etc/passwd', 'http://', 'http://a b/'])
    expect(await refuse(url), url).toEqual([{ path: ['callbackUrl'], message: expect.stringMatching(/http:\/\//) }]);
  for (const url of ['http://me@example.com/', 'https://me:secret@example.com/'])
    expect(await refuse(url)).toEqual([{ path: ['callbackUrl'], message: expect.stringMatching(/user name/) }]);
  expect(await refuse(`https://example.com/${'x'.repeat(2000)}`)).toMatchObject([{ path: ['callbackUrl'] }]);
  expect(server.model.requests).toHaveLength(0);
});

test('the callbackUrl is part of what an idempotency key stands for', async () => {
  await using receiver = await startCallbackReceiver();
  await using server = await startCallingServer();
  const input = { conversationId: await firstConversation(server), text: 'Hi', idempotencyKey: 'k', wait: true };
  const { id } = await send(server, { ...input, callbackUrl: receiver.url });
  expect((await send(server, { ...input, callbackUrl: receiver.url })).id).toBe(id);
  for (const callbackUrl of [`${receiver.url}&x=1`, null]) {
    const { sendMessage } = await server.execute(SEND, { input: { ...input, callbackUrl } });
    expect(only(sendMessage, 'IdempotencyConflictError').run.id).toBe(id);
  }
  await tried(server, id, 1);
  expect(receiver.posts).toHaveLength(1);
});

test('a server that stops lets a post that is under way finish', async () => {
  await using receiver = await startCallbackReceiver();
  const server = await startCallingServer();
  receiver.answers('hang');
  await sendWith(server, receiver, { wait: true });
  await firstPost(receiver);
  await server[Symbol.asyncDispose]();
  const failures = server.logged.lines.filter(({ msg }) => msg === 'keeping the outcome of a callback failed');
  expect(failures).toEqual([]);
  expect(server.logged.lines).toContainEqual(expect.objectContaining({ msg: 'callback tried', tries: 1 }));
});
