import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { attach, createBlock, createBlockAgent, isolate, updateBlock } from '../../harness/blocks.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, isEnd, send, typesOf } from '../../harness/talk.ts';

const PROMPT = graphql(`
  query SystemPrompt($id: ID!) {
    conversation(id: $id) {
      systemPrompt
    }
  }
`);

const PROMPTS = graphql(`
  query SystemPrompts {
    conversations(first: 10) {
      nodes {
        id
        systemPrompt
      }
    }
  }
`);

const RECOMPILE = graphql(`
  mutation Recompile($input: RecompileSystemPromptInput!) {
    recompileSystemPrompt(input: $input) {
      __typename
      ... on RecompileSystemPromptPayload {
        systemPrompt
        conversation {
          id
          systemPrompt
          contextMessages {
            id
            ... on SystemMessage {
              text
            }
          }
        }
      }
      ... on ConversationBusyError {
        run {
          id
        }
      }
      ... on NotFoundError {
        missingId
      }
    }
  }
`);

async function promptOf(server: TestServer, id: string): Promise<string> {
  const { conversation } = await server.execute(PROMPT, { id });
  return conversation?.systemPrompt ?? expect.fail('the conversation is gone');
}

async function storedPrompt(server: TestServer, id: string) {
  const first = (await history(server, id)).messages.nodes[0];
  return first?.__typename === 'SystemMessage' ? first : expect.fail('it does not begin with a system message');
}

async function recompile(server: TestServer, conversationId: string, dryRun?: boolean) {
  const { recompileSystemPrompt } = await server.execute(RECOMPILE, { input: { conversationId, dryRun } });
  return only(recompileSystemPrompt, 'RecompileSystemPromptPayload');
}

test('the system prompt is as of now, and what the next run tells the model', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const id = agent.defaultConversation.id;
  const old = await storedPrompt(server, id);
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  await attach(server, agent.id, (await createBlock(server, { label: 'persona', value: 'Kind.' })).id);
  const prompt = await promptOf(server, id);
  for (const part of ['Be brief.', 'Grace', '<persona>', `CONVERSATION_ID: ${id}`]) expect(prompt).toContain(part);
  expect(await promptOf(server, agent.id)).toBe(prompt);
  expect(await storedPrompt(server, id)).toEqual(old);
  await send(server, { conversationId: id, text: 'Hi', wait: true });
  expect(server.model.requests[0]?.body.messages[0]?.content).toBe(prompt);
});

test('each conversation of a list has its own prompt, with its own blocks', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  await updateBlock(server, { id: block.id, value: 'Grace' });
  const { conversations } = await server.execute(PROMPTS, {});
  const prompts = new Map(conversations.nodes.map((each) => [each.id, each.systemPrompt]));
  expect(prompts.size).toBe(3);
  for (const [id, prompt] of prompts) expect(prompt).toContain(`CONVERSATION_ID: ${id}`);
  expect(prompts.get(conversationId)).toContain('Grace');
  expect(prompts.get(agent.defaultConversation.id)).toContain('Ada');
});

test("recompiling writes what changed into the first message, with the conversation's own blocks and id", async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind.' });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  await updateBlock(server, { id: block.id, value: 'Grace' });
  await updateBlock(server, { id: agent.blocks.find(({ label }) => label === 'persona')!.id, value: 'Stern.' });
  const { id } = await storedPrompt(server, conversationId);

  const { systemPrompt, conversation } = await recompile(server, conversationId);

  for (const part of ['Grace', 'Stern.', `CONVERSATION_ID: ${conversationId}`]) expect(systemPrompt).toContain(part);
  expect(conversation).toMatchObject({
    id: conversationId,
    systemPrompt,
    contextMessages: [{ id, text: systemPrompt }],
  });
  expect(await storedPrompt(server, conversationId)).toMatchObject({ id, text: systemPrompt });
  expect((await storedPrompt(server, agent.id)).text).not.toContain('Stern.');
});

test('followers are told when a run begins with another prompt than the last one had, and only then', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const { eventCursor: after } = await history(server, conversationId);
  await send(server, { conversationId, text: '1', wait: true });
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  await send(server, { conversationId, text: '2', wait: true, system: 'Be a pirate.' });
  const { id } = await send(server, { conversationId, text: '3', wait: true });
  const events = await eventsUntil(server, { conversationId, after }, (edge) => isEnd(edge) && edge.runId === id);
  expect(events.filter(({ node }) => node.__typename === 'ContextChanged')).toMatchObject([{ runId: id }]);
});

test('followers are told when recompiling changed the prompt, and only then', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const { eventCursor } = await history(server, conversationId);
  await recompile(server, conversationId);
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  await recompile(server, conversationId);
  await recompile(server, conversationId);
  await send(server, { conversationId, text: 'Hi' });
  const events = await eventsUntil(
    server,
    { conversationId, after: eventCursor },
    ({ node }) => node.__typename === 'RunQueued',
  );
  expect(typesOf(events)).toEqual(['ContextChanged', 'RunQueued']);
});

test('a dry run writes nothing and tells nobody, and works while a run is open', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const old = await storedPrompt(server, conversationId);
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  const { eventCursor } = await history(server, conversationId);
  expect((await recompile(server, conversationId, true)).systemPrompt).toContain('Grace');
  expect(await storedPrompt(server, conversationId)).toEqual(old);
  expect((await history(server, conversationId)).eventCursor).toBe(eventCursor);

  const next = server.model.nextCall();
  await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  expect((await recompile(server, conversationId, true)).systemPrompt).toContain('Grace');
  call.stops();
});

test('nothing is rewritten under a run that is open', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  const { recompileSystemPrompt } = await server.execute(RECOMPILE, { input: { conversationId } });
  expect(only(recompileSystemPrompt, 'ConversationBusyError').run.id).toBe(run.id);
  expect((await storedPrompt(server, conversationId)).text).toContain('Ada');
  call.stops();
});

test("an agent's id means its default conversation; what is not there is not found", async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  const { systemPrompt, conversation } = await recompile(server, agent.id);
  expect(conversation.id).toBe(agent.defaultConversation.id);
  expect((await storedPrompt(server, agent.defaultConversation.id)).text).toBe(systemPrompt);
  for (const conversationId of ['conv-x', 'nonsense', agent.blocks[0]!.id]) {
    for (const dryRun of [true, false]) {
      const { recompileSystemPrompt } = await server.execute(RECOMPILE, { input: { conversationId, dryRun } });
      expect(only(recompileSystemPrompt, 'NotFoundError').missingId).toBe(conversationId);
    }
  }
});
