import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { ContentPartInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { takeAway } from '../../durability/mid-answer.ts';
import { SEND } from '../../harness/documents.ts';
import { startImageHost } from '../../harness/image-host.ts';
import { GIF, JPEG, PNG, WEBP } from '../../harness/images.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, readRun, send } from '../../harness/talk.ts';
import { LOCAL, base64, inline, userContents } from '../../harness/image-messages.ts';

const IMAGES = graphql(`
  query Images($conversationId: ID!) {
    conversation(id: $conversationId) {
      contextMessages {
        ... on UserMessage {
          text
          content {
            __typename
            ... on TextPart {
              text
            }
            ... on ImagePart {
              url
              mediaType
              detail
              data
            }
          }
        }
      }
    }
  }
`);

/** What users sent, as it is read again. */
async function readSent(server: TestServer, conversationId: string) {
  const { conversation } = await server.execute(IMAGES, { conversationId });
  return (conversation?.contextMessages ?? []).filter((message) => 'content' in message);
}

const sendParts = (server: TestServer, conversationId: string, content: ContentPartInput[]) =>
  send(server, { conversationId, messages: [{ content }], wait: true });

const imagePart = (mediaType: string, data: Buffer, url: string | null = null) => ({
  __typename: 'ImagePart',
  url,
  mediaType,
  detail: null,
  data: data.toString('base64'),
});

test('images that are sent are stored, shown, and given to the model in their places, now and in later runs', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await sendParts(server, conversationId, [
    { text: 'Which of' },
    base64('image/png', PNG),
    base64('image/webp', WEBP),
    { text: 'is a fox?' },
  ]);
  const asked = [
    { type: 'text', text: 'Which of' },
    inline('image/png', PNG),
    inline('image/webp', WEBP),
    { type: 'text', text: 'is a fox?' },
  ];
  expect(userContents(server)).toEqual([asked]);
  expect(await readSent(server, conversationId)).toEqual([
    {
      text: 'Which of\n\nis a fox?',
      content: [
        { __typename: 'TextPart', text: 'Which of' },
        imagePart('image/png', PNG),
        imagePart('image/webp', WEBP),
        { __typename: 'TextPart', text: 'is a fox?' },
      ],
    },
  ]);
  await send(server, { conversationId, text: 'And now?', wait: true });
  expect(userContents(server)).toEqual([asked, 'And now?']);
});

test('a message may be images alone: its text is empty', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await sendParts(server, conversationId, [base64('image/gif', GIF)]);
  expect(userContents(server)).toEqual([[inline('image/gif', GIF)]]);
  expect(await readSent(server, conversationId)).toEqual([{ text: '', content: [imagePart('image/gif', GIF)] }]);
});

test('an image at a URL is read once, when it is sent, and stays what it was then', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer(LOCAL);
  const conversationId = await firstConversation(server);
  const url = host.put('/fox', PNG);
  const moved = host.put('/moved', '/goose');
  host.put('/goose', JPEG);
  const input = {
    conversationId,
    messages: [{ content: [{ imageUrl: url }] }, { content: [{ text: 'And' }, { imageUrl: moved }] }],
    idempotencyKey: 'once',
    wait: true,
  };
  const run = await send(server, input);
  host.put('/fox', GIF);
  host.put('/goose', 404);
  const seen = [[inline('image/png', PNG)], [{ type: 'text', text: 'And' }, inline('image/jpeg', JPEG)]];
  expect(userContents(server)).toEqual(seen);

  // Over HTTP once more, with the same key: nothing is read again, nothing is written.
  expect((await send(server, input)).id).toBe(run.id);
  await send(server, { conversationId, text: 'Go on', wait: true });
  expect(userContents(server)).toEqual([...seen, 'Go on']);
  expect(host.requests.toSorted()).toEqual(['/fox', '/goose', '/moved']);
  expect(await readSent(server, conversationId)).toMatchObject([
    { content: [imagePart('image/png', PNG, url)] },
    { content: [{ __typename: 'TextPart' }, imagePart('image/jpeg', JPEG, moved)] },
    { text: 'Go on' },
  ]);

  const other = { ...input, messages: [{ content: [{ imageUrl: `${url}?other` }] }] };
  only((await server.execute(SEND, { input: other })).sendMessage, 'IdempotencyConflictError');
  expect(host.requests).toHaveLength(3);
});

test('the largest images that one send may hold go through whole', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer(LOCAL);
  const conversationId = await firstConversation(server);
  const images = [PNG, JPEG].map((image) => Buffer.concat([image, randomBytes(10_000_000 - image.length)]));
  const content = images.map((image, index) => ({ imageUrl: host.put(`/${index}`, image) }));
  await sendParts(server, conversationId, content);
  const expected = [inline('image/png', images[0]!), inline('image/jpeg', images[1]!)];
  // Not toEqual: it would print 27 MB.
  expect(JSON.stringify(userContents(server)) === JSON.stringify([expected])).toBe(true);
});

test('where the server reads none, the URL is kept and given to the provider', async () => {
  await using host = await startImageHost();
  await using server = await startOwnServer({ IMAGE_URLS: 'pass' });
  const conversationId = await firstConversation(server);
  const url = host.put('/fox', PNG);
  await sendParts(server, conversationId, [{ text: 'Look' }, { imageUrl: url }, base64('image/gif', GIF)]);
  expect(userContents(server)).toEqual([
    [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url } }, inline('image/gif', GIF)],
  ]);
  expect(host.requests).toEqual([]);
  expect(await readSent(server, conversationId)).toMatchObject([
    {
      content: [
        { __typename: 'TextPart' },
        { __typename: 'ImagePart', url, mediaType: null, detail: null, data: null },
        imagePart('image/gif', GIF),
      ],
    },
  ]);
});

test('the worker that takes a run over shows the model the same image', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const first = server.model.nextCall();
  const run = await send(server, { conversationId, messages: [{ content: [base64('image/png', PNG)] }] });
  (await first).says('It is ');
  const second = server.model.nextCall();
  await takeAway(server.deps, run.id);
  const again = await second;
  expect(userContents(server)).toEqual([[inline('image/png', PNG)]]);
  again.says('It is a fox.');
  again.stops();
  await vi.waitFor(async () => expect((await readRun(server, run.id)).status).toBe('COMPLETED'), { timeout: 5000 });
});

test('nobody reads the image of another organization', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await sendParts(server, conversationId, [base64('image/png', PNG)]);
  const organizationId = newId('Organization');
  await server.deps.db.organization.create({ data: { id: organizationId, name: 'Others' } });
  await server.deps.db.image.updateMany({
    where: { organizationId: server.viewer.organizationId },
    data: { organizationId },
  });
  expect(await readSent(server, conversationId)).toMatchObject([{ content: [{ mediaType: 'image/png', data: null }] }]);
});
