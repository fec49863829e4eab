import { createHmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import type { SendMessageInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { startCallbackReceiver, type CallbackReceiver, type ReceivedPost } from '../../harness/callback-receiver.ts';
import { CANCEL, SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, readRun, send } from '../../harness/talk.ts';

const SECRET_BYTES = Buffer.alloc(32, 7);
const SECRET = `whsec_${SECRET_BYTES.toString('base64')}`;

const CALLBACK = graphql(`
  query Callback($runId: ID!) {
    run(id: $runId) {
      callback {
        url
        sentAt
        statusCode
        error
      }
    }
  }
`);

const readCallback = async (server: TestServer, runId: string) =>
  (await server.execute(CALLBACK, { runId })).run?.callback;

function startCallingServer(environment: Record<string, string> = {}) {
  return startOwnServer({ CALLBACK_ALLOW_PRIVATE: 'true', CALLBACK_SECRET: SECRET, ...environment });
}

async function sendWith(server: TestServer, { url }: { url: string }, input: Partial<SendMessageInput> = {}) {
  const conversationId = await newConversation(server);
  return send(server, { conversationId, text: 'Hi', callbackUrl: url, ...input });
}

/** Resolves when the try with this number is done with. */
async function tried(server: TestServer, runId: string, tries: number) {
  await vi.waitFor(
    async () => {
      const { callbackTries, callbackStatusCode, callbackError } = await row(server, runId);
      expect(callbackTries).toBe(tries);
      expect(callbackStatusCode ?? callbackError).not.toBe(null);
    },
    { timeout: 10_000 },
  );
  return readCallback(server, runId);
}

const row = ({ deps: { db } }: TestServer, runId: string) => db.run.findUniqueOrThrow({ where: { id: runId } });

/** As if the next try were due now; what the last one left is cleared, so that `tried` sees the next. */
async function passTime(server: TestServer, runId: string) {
  await server.deps.db.run.updateMany({
    where: { id: runId, callbackDueAt: { not: null } },
    data: { callbackDueAt: new Date(0), callbackStatusCode: null, callbackError: null },
  });
  // The end of any run makes the server look.
  await send(server, { conversationId: await newConversation(server), text: 'Hi', wait: true });
}

function signatureOf({ headers, body }: ReceivedPost): string {
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', SECRET_BYTES).update(content).digest('base64')}`;
}

async function firstPost({ posts }: CallbackReceiver): Promise<ReceivedPost> {
  return vi.waitFor(() => posts[0] ?? expect.fail('nothing was posted'), { timeout: 5000 });
}

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
