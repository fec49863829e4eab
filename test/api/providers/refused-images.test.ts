import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import type { FakeRequest } from '../../harness/fake-openai.ts';
import { base64, userContents } from '../../harness/image-messages.ts';
import { PNG } from '../../harness/images.ts';
import { startOwnServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';

const STEPS_OF = graphql(`
  query StepsWithoutImages($runId: ID!) {
    run(id: $runId) {
      steps {
        leftOut
      }
      inputMessages {
        inContext
        isRefused
      }
    }
  }
`);

const WORDS = [
  'messages[1]: unknown variant `image_url`, expected `text`',
  'No endpoints found that support image input',
  'messages[1].content must be a string',
  'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj',
  'This model does not support images',
];

const image = { content: [{ text: 'What is that?' }, base64('image/png', PNG)] };
const hasImage = ({ messages }: FakeRequest['body']) => JSON.stringify(messages).includes('image_url');
const note = 'What is that?\n\n[An image was sent here. It was left out: the model takes no images.]';

test.for(WORDS)('a model that refuses an image with "%s" says so once, and gets a note from then on', async (words) => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await firstConversation(server);
  server.model.refuses((body) => (hasImage(body) ? words : undefined));
  const failed = await send(server, { conversationId, messages: [image], wait: true });
  expect(failed).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining('takes no images') } });
  expect(failed.error?.message).toContain(words);
  const next = await send(server, { conversationId, text: 'And now?', wait: true });
  expect(next.status).toBe('COMPLETED');
  expect(userContents(server)).toEqual([note, 'And now?']);
  expect((await server.execute(STEPS_OF, { runId: next.id })).run?.steps).toEqual([{ leftOut: ['images'] }]);
  const { run } = await server.execute(STEPS_OF, { runId: failed.id });
  expect(run?.inputMessages).toEqual([{ inContext: true, isRefused: false }]);
});

test('an image that another model was shown is left out at once for a model that refuses it', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await firstConversation(server);
  server.model.refuses((body) => (body.model === 'blind' && hasImage(body) ? WORDS[4] : undefined));
  await send(server, { conversationId, messages: [image], wait: true });
  const run = await send(server, { conversationId, text: 'And now?', model: 'blind', wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(userContents(server)).toEqual([note, 'And now?']);
});
