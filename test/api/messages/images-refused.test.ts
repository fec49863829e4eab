import { expect, test, vi } from 'vitest';
import type { ContentPartInput, SendMessageInput } from '../../graphql/graphql.ts';
import { SEND } from '../../harness/documents.ts';
import { startImageHost } from '../../harness/image-host.ts';
import { JPEG, PNG } from '../../harness/images.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, send } from '../../harness/talk.ts';
import { LOCAL, base64, inline, userContents } from '../../harness/image-messages.ts';

/** Expects the send to be refused, and returns its issues. */
async function refused(server: TestServer, input: SendMessageInput) {
  const { issues } = only((await server.execute(SEND, { input })).sendMessage, 'InvalidInputError');
  return issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

async function expectNothingWritten(server: TestServer, conversationId: string) {
  const { status, messages } = await history(server, conversationId);
  expect({ status, messages: messages.nodes.length }).toEqual({ status: 'IDLE', messages: 1 });
  expect(await server.deps.db.image.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);
  expect(await server.deps.db.run.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);
  expect(server.model.requests).toHaveLength(0);
}

const bad: { name: string; content: ContentPartInput[]; path: string; role?: 'SYSTEM' }[] = [
  { name: 'another type than it says', content: [base64('image/png', JPEG)], path: 'content.0.imageBase64.data' },
  {
    name: 'a type that models do not take',
    content: [base64('image/svg+xml', Buffer.from('<svg/>'))],
    path: 'content.0.imageBase64.mediaType',
  },
  { name: 'nothing', content: [base64('image/png', Buffer.alloc(0))], path: 'content.0.imageBase64.data' },
  ...[`${PNG.toString('base64')}\n`, PNG.toString('base64').replace(/=+$/, ''), `%${PNG.toString('base64')}`].map(
    (data) => ({
      name: `loose base64: ${data}`,
      content: [{ text: 'Look' }, { imageBase64: { mediaType: 'image/png', data } }],
      path: 'content.1.imageBase64.data',
    }),
  ),
  ...['file:///etc/passwd', 'data:image/png;base64,AAAA', '/fox.png', '', 'http://ada:secret@example.com/'].map(
    (imageUrl) => ({ name: imageUrl, content: [{ imageUrl }], path: 'content.0.imageUrl' }),
  ),
  { name: 'in instructions', role: 'SYSTEM', content: [base64('image/png', PNG)], path: 'content' },
];

test('what cannot be read as an image is refused at its place, and nothing is written', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer({ ...LOCAL, IMAGE_TIMEOUT_MS: '1500' });
  const conversationId = await firstConversation(server);
  const bad: [what: string, url: string, message: RegExp][] = [
    ['missing', `${host.url}/missing`, /The answer was 404/],
    ['wrong type', host.put('/page', Buffer.from('<html>')), /not a PNG, JPEG, GIF or WebP image/],
    ['empty', host.put('/empty', Buffer.alloc(0)), /not a PNG/],
    ['too big', host.put('/endless', 'endless'), /larger than 10 MB/],
    ['nobody there', 'http://127.0.0.1:1/', /ECONNREFUSED/],
    ['a loop', host.put('/loop', '/loop'), /redirected more than 3 times/],
    ['silent', host.put('/hang', 'hang'), /did not come within 1.5 seconds/],
    ['slow', host.put('/stall', 'stall'), /did not come within 1.5 seconds/],
  ];
  for (const [what, imageUrl, message] of bad) {
    const content = [{ text: 'Look' }, base64('image/png', PNG), { imageUrl: host.put('/fine', PNG) }, { imageUrl }];
    const issues = await refused(server, { conversationId, messages: [{ text: 'Hi' }, { content }] });
    expect(issues, what).toEqual([
      { path: 'messages.1.content.3.imageUrl', message: expect.stringMatching(message) as string },
    ]);
  }
  await expectNothingWritten(server, conversationId);
});

test('every image that cannot be read is named, in one answer', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer(LOCAL);
  const conversationId = await firstConversation(server);
  const large = Buffer.concat([PNG, Buffer.alloc(6_999_000)]);
  const content = Array.from({ length: 6 }, (_, index) => ({ imageUrl: `${host.url}/${index}` }));
  const missing = await refused(server, { conversationId, messages: [{ content }] });
  expect(missing.map(({ path }) => path).toSorted()).toEqual(
    content.map((_, index) => `messages.0.content.${index}.imageUrl`),
  );
  content.forEach((_, index) => host.put(`/${index}`, large));
  const tooMuch = await refused(server, { conversationId, messages: [{ content: content.slice(0, 3) }] });
  expect(tooMuch[0]?.message).toContain('not be larger than 20 MB together');
  await expectNothingWritten(server, conversationId);
});

test('by default nothing is asked of an address that is not public, nor of one that a redirect leads to', async () => {
  await using host = await startImageHost();
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const { port } = new URL(host.put('/', PNG));
  const urls = [host.url, `http://localhost:${port}/`, `http://[::1]:${port}/`, 'http://169.254.169.254/latest'];
  const content = urls.map((imageUrl) => ({ imageUrl }));
  const issues = await refused(server, { conversationId, messages: [{ content }] });
  expect(issues).toHaveLength(urls.length);
  for (const { message } of issues) expect(message).toContain('has no public address');
  expect(host.requests).toEqual([]);
  await expectNothingWritten(server, conversationId);
});

test('an image that cannot be one is refused with its path, and nothing is written', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  for (const { name, content, path, role = 'USER' } of bad) {
    const issues = await refused(server, { conversationId, messages: [{ role, content }] });
    expect(
      issues.map((issue) => issue.path),
      name,
    ).toEqual([`messages.0.${path}`]);
  }
  const many = Array.from({ length: 11 }, () => base64('image/png', PNG));
  expect(await refused(server, { conversationId, messages: [{ content: many }, { content: many }] })).toMatchObject([
    { path: 'messages' },
  ]);
  await expectNothingWritten(server, conversationId);
});

test('a send that is refused for another reason leaves no image behind', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  const input = { conversationId, messages: [{ content: [base64('image/png', PNG)] }] };
  only((await server.execute(SEND, { input })).sendMessage, 'ConversationBusyError');
  expect(await server.deps.db.image.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);

  const queued = await send(server, { ...input, onBusy: 'ENQUEUE' });
  call.says('Hello');
  call.stops();
  await vi.waitFor(async () => expect((await readRun(server, queued.id)).status).toBe('COMPLETED'), { timeout: 5000 });
  expect(userContents(server)).toEqual(['Hi', [inline('image/png', PNG)]]);
});

test('who gives up the request stops the reading, and nothing is sent', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer({ ...LOCAL, IMAGE_TIMEOUT_MS: '300000' });
  const conversationId = await firstConversation(server);
  const leaving = new AbortController();
  const imageUrl = host.put('/hang', 'hang');
  const left = fetch(server.url, {
    method: 'POST',
    signal: leaving.signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation { sendMessage(input: { conversationId: "${conversationId}", messages: [{ content: [{ imageUrl: "${imageUrl}" }] }] }) { __typename } }`,
    }),
  });
  const gone = expect(left).rejects.toThrow();
  await vi.waitFor(() => expect(host.requests).toEqual(['/hang']), { timeout: 5000 });
  leaving.abort();
  await gone;
  await host.left;
  await expectNothingWritten(server, conversationId);
});
