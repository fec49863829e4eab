import { expect, test } from 'vitest';
import type { SendMessageInput } from '../../graphql/graphql.ts';
import { SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, send } from '../../harness/talk.ts';

type Input = Omit<SendMessageInput, 'conversationId'>;

const bad: { name: string; input: Input; path: string }[] = [
  { name: 'no message', input: {}, path: '' },
  { name: 'both forms', input: { text: 'a', messages: [{ text: 'b' }] }, path: '' },
  { name: 'an empty text', input: { text: '' }, path: 'text' },
  { name: 'a blank text', input: { text: ' \n\t ' }, path: 'text' },
  { name: 'no messages', input: { messages: [] }, path: 'messages' },
  { name: 'an empty message', input: { messages: [{ text: 'a' }, {}] }, path: 'messages.1' },
  { name: 'U+0000', input: { text: 'a\0b' }, path: 'text' },
  {
    name: 'U+0000 in a part',
    input: { messages: [{ content: [{ text: 'a\0b' }] }] },
    path: 'messages.0.content.0.text',
  },
  { name: 'half a surrogate pair', input: { text: '\ud83d' }, path: 'text' },
  { name: 'U+0000 in the otid', input: { text: 'a', otid: '\0' }, path: 'otid' },
  { name: 'a text that is too long', input: { text: 'x'.repeat(500_001) }, path: 'text' },
  { name: 'an unknown provider', input: { text: 'a', model: 'nobody/nothing' }, path: 'model' },
  { name: 'U+0000 in a handle', input: { text: 'a', model: 'a\0' }, path: 'model' },
  { name: 'half a handle', input: { text: 'a', model: 'openai/' }, path: 'model' },
  { name: 'no steps', input: { text: 'a', maxSteps: 0 }, path: 'maxSteps' },
  {
    name: 'an impossible temperature',
    input: { text: 'a', modelSettings: { temperature: 7 } },
    path: 'modelSettings.temperature',
  },
  { name: 'an empty key', input: { text: 'a', idempotencyKey: '' }, path: 'idempotencyKey' },
];

test('input that cannot be is refused with its path, and nothing is written', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  for (const { name, input, path } of bad) {
    const { sendMessage } = await server.execute(SEND, { input: { ...input, conversationId } });
    const { issues, message } = only(sendMessage, 'InvalidInputError');
    expect(
      issues.map((issue) => issue.path.join('.')),
      name,
    ).toContain(path);
    expect(message, name).not.toBe('');
  }
  expect(await history(server, conversationId)).toMatchObject({
    status: 'IDLE',
    messages: { nodes: [{ position: 1 }] },
  });
});

test('a conversation that does not exist is not found', async () => {
  await using server = await startTestServer();
  const ids = [
    'conv-0197a2b4-7c11-7000-8000-000000000000',
    'agent-0197a2b4-7c11-7000-8000-000000000000',
    'conv-',
    '',
    "'; --",
    'run-1',
    '\0',
  ];
  for (const conversationId of ids) {
    const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi' } });
    expect(only(sendMessage, 'NotFoundError').code).toBe('NOT_FOUND');
  }
});

test('the longest text goes through whole, over HTTP and to the model', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const text = 'é👋\u200d\n"\\'.repeat(50_000).slice(0, 300_000);
  await send(server, { conversationId, text, wait: true });
  expect(server.model.requests[0]?.body.messages[1]?.content === text).toBe(true);
  const [, message] = (await history(server, conversationId)).messages.nodes;
  expect(message && 'text' in message && message.text === text).toBe(true);
});
