import { expect, test } from 'vitest';
import type { SendMessageInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { compact } from '../../harness/compact.ts';
import type { FakeRequest, Part } from '../../harness/fake-openai.ts';
import { base64 } from '../../harness/image-messages.ts';
import { PNG } from '../../harness/images.ts';
import { startOwnServer, type OwnServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const MARKED = graphql(`
  query Marked($conversationId: ID!) {
    conversation(id: $conversationId) {
      messages(first: 200) {
        nodes {
          id
          kind
          inContext
          isRefused
          ... on UserMessage {
            text
          }
        }
      }
    }
  }
`);

const CHANGES = graphql(`
  subscription RefusedIds($runId: ID!) {
    runEvents(runId: $runId) {
      node {
        ... on ContextChanged {
          refusedMessageIds
        }
      }
    }
  }
`);

async function refusedOf(server: OwnServer, conversationId: string) {
  const { conversation } = await server.execute(MARKED, { conversationId });
  const refused = conversation?.messages.nodes.filter(({ isRefused }) => isRefused) ?? [];
  for (const message of refused) expect(message.inContext).toBe(false);
  return refused;
}

async function refusedIn(server: OwnServer, runId: string) {
  const events = await Array.fromAsync(server.subscribe(CHANGES, { runId }));
  return events.flatMap(({ runEvents: { node } }) => ('refusedMessageIds' in node ? node.refusedMessageIds : []));
}

const holds = (text: string) => (body: FakeRequest['body']) => JSON.stringify(body.messages).includes(text);
const image = { content: [{ text: 'What is that?' }, base64('image/png', PNG)] };

const contents: { name: string; input: Partial<SendMessageInput>; part: Part; isHeld: ReturnType<typeof holds> }[] = [
  {
    name: 'moderation',
    input: { text: 'poison' },
    part: { status: 400, body: { error: { code: 'content_filter', message: 'The prompt was filtered.' } } },
    isHeld: holds('poison'),
  },
  {
    name: 'moderation, with the status of a wrong key',
    input: { text: 'poison' },
    part: { status: 403, body: { error: { message: 'The input was flagged', metadata: { reasons: ['violence'] } } } },
    isHeld: holds('poison'),
  },
  {
    name: 'a picture that is broken',
    input: { messages: [image] },
    part: { status: 400, body: { error: { message: 'Could not process image' } } },
    isHeld: holds('image_url'),
  },
  {
    name: 'a filter that lets no text through',
    input: { text: 'poison' },
    part: { finish: 'content_filter' },
    isHeld: holds('poison'),
  },
];

test.for(contents)(
  'what is refused by $name fails its run with the reason, leaves the context, and the next message is answered',
  async ({ input, part, isHeld }) => {
    await using server = await startOwnServer({ MODEL_TRIES: '1' });
    const conversationId = await firstConversation(server);
    server.model.responds((body) => (isHeld(body) ? [part] : ['ok']));
    const hello = 'Hello. '.repeat(300);
    await send(server, { conversationId, text: hello, wait: true });
    const failed = await send(server, { conversationId, wait: true, ...input });
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringMatching(/filter|flagged|image/) },
    });
    const refused = await refusedOf(server, conversationId);
    expect(refused).toMatchObject([{ kind: 'USER', text: input.text ?? 'What is that?' }]);
    expect(await refusedIn(server, failed.id)).toEqual(refused.map(({ id }) => id));
    const next = await send(server, { conversationId, text: 'And now?', wait: true });
    expect(next.status).toBe('COMPLETED');
    const sent = server.model.requests.at(-1)?.body.messages.slice(1);
    expect(sent?.map(({ content }) => content)).toEqual([hello, 'ok', 'And now?']);
    await compact(server, { conversationId });
  },
);

test.for([1, 5])(
  'the return of a tool that is refused leaves the context with its step, when at most %i steps were allowed',
  async (maxSteps) => {
    const look = testTool('look', { run: async () => 'poison' });
    await using server = await startOwnServer({ MODEL_TRIES: '1' }, new Map([look]));
    const conversationId = await firstConversation(server);
    server.model.responds((body) => (holds('poison')(body) ? [{ status: 400 }] : ['ok']));
    server.model.answers({ toolCall: { name: 'look', arguments: {} } });
    await send(server, { conversationId, text: 'Look!', maxSteps, wait: true });
    if (maxSteps === 1) await send(server, { conversationId, text: 'Well?', wait: true });
    const kinds = (await refusedOf(server, conversationId)).map(({ kind }) => kind);
    expect(kinds).toEqual(maxSteps === 1 ? ['TOOL_CALL', 'TOOL_RETURN', 'USER'] : ['TOOL_CALL', 'TOOL_RETURN']);
    expect((await send(server, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
  },
);

test('a setting out of range fails the run, and its message stays in the context', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ status: 400, body: { error: { message: 'temperature must be at most 1' } } });
  const modelSettings = { temperature: 1.5 };
  expect((await send(server, { conversationId, text: 'Hi', modelSettings, wait: true })).status).toBe('FAILED');
  expect(await refusedOf(server, conversationId)).toEqual([]);
});
