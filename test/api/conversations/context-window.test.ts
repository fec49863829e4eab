import { expect, test, vi } from 'vitest';
import type { ToolDeclaration } from '../../../src/agent/model.ts';
import { createTokenCounter } from '../../../src/agent/tokens.ts';
import { graphql } from '../../graphql/index.ts';
import { createBlockAgent, isolate, updateBlock } from '../../harness/blocks.ts';
import { decide, deny } from '../../harness/decisions.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { readRun, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const WINDOW = graphql(`
  query ContextWindow($id: ID!) {
    conversation(id: $id) {
      systemPrompt
      contextWindow {
        ...Window
      }
    }
  }

  fragment Window on ContextWindow {
    limit
    total
    system
    blocks
    tools
    summary
    messages
    reported
  }
`);

const WINDOWS = graphql(`
  query ContextWindows {
    conversations(first: 200) {
      nodes {
        id
        contextWindow {
          ...Window
        }
      }
    }
  }
`);

const WINDOW_CONVERSATION = graphql(`
  mutation WindowConversation($input: CreateConversationInput!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          id
          contextWindow {
            ...Window
          }
        }
      }
    }
  }
`);

const WINDOW_AGENT = graphql(`
  mutation WindowAgent($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
    }
  }
`);

const PROVIDERS = JSON.stringify([
  {
    name: 'local',
    baseUrl: 'http://127.0.0.1:9/v1',
    models: [
      { name: 'small', contextWindow: 8000 },
      { name: 'large', contextWindow: 400_000 },
    ],
  },
  // Nothing is asked of it: to count needs no network.
  { name: 'real', baseUrl: 'https://api.openai.com/v1', models: [{ name: 'gpt-5-mini', contextWindow: 400_000 }] },
]);

async function read(server: TestServer, id: string) {
  return (await server.execute(WINDOW, { id })).conversation ?? expect.fail('the conversation is gone');
}

async function createConversation(server: TestServer, agentId: string, model: string) {
  const { createConversation } = await server.execute(WINDOW_CONVERSATION, { input: { agentId, model } });
  return only(createConversation, 'CreateConversationPayload').conversation;
}

test('a window is counted part by part, as the next run would send it', async () => {
  await using server = await startTestServer();
  const counter = await createTokenCounter({ tokenizer: null });
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const id = agent.defaultConversation.id;
  const { contextWindow: empty } = await read(server, id);
  expect(empty).toMatchObject({ limit: 128_000, summary: 0, messages: 0, reported: null });
  expect(empty.blocks).toBeGreaterThan(0);

  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace '.repeat(100) });
  server.model.answers('Hello', ' Grace', { usage: { prompt_tokens: 90, completion_tokens: 2, total_tokens: 92 } });
  await send(server, { conversationId: id, messages: [{ text: 'Good morning', name: 'Ada' }], wait: true });

  const { contextWindow, systemPrompt } = await read(server, id);
  const { system, blocks, tools, messages } = contextWindow;
  expect(contextWindow).toMatchObject({
    system: empty.system,
    reported: 92,
    total: system + blocks + tools + messages,
  });
  expect(system + blocks).toBe(counter.message({ role: 'system', text: systemPrompt }));
  expect(blocks).toBeGreaterThan(empty.blocks + 100);
  const said = counter.message({ role: 'user', text: 'Good morning', name: 'Ada' });
  const answered = counter.message({ role: 'assistant', text: 'Hello Grace', toolCalls: [] });
  expect(messages).toBe(said + answered);
});

test('tools count with what they were called for, also while a run waits for decisions', async () => {
  const [name, tool] = testTool('guarded', { requiresApproval: true });
  await using server = await startTestServer(new Map([[name, tool]]));
  const counter = await createTokenCounter({ tokenizer: null });
  const agent = await createBlockAgent(server);
  const conversationId = agent.defaultConversation.id;
  server.model.answers({ toolCall: { name, arguments: { amount: 1 } } });
  const run = await send(server, { conversationId, text: 'Go', wait: true });
  expect(run.status).toBe('REQUIRES_ACTION');
  const waiting = (await read(server, conversationId)).contextWindow;
  const shown = server.model.requests[0]?.body.tools?.map((each) => each.function) as ToolDeclaration[];
  expect(shown.map((each) => each.name)).toContain(name);
  expect(waiting.tools).toBe(counter.tools(shown));
  await decide(server, run.id, { guarded: deny('x'.repeat(400)) });
  await vi.waitFor(async () => expect((await readRun(server, run.id)).status).toBe('COMPLETED'), 10_000);
  expect((await read(server, conversationId)).contextWindow.messages).toBeGreaterThan(waiting.messages + 100);
});

test('the limit is the window of the agent, limited by the model of the conversation', async () => {
  await using server = await startOwnServer({ PROVIDERS });
  const agent = await createBlockAgent(server);
  expect((await createConversation(server, agent.id, 'local/small')).contextWindow.limit).toBe(8000);
  expect((await createConversation(server, agent.id, 'local/large')).contextWindow.limit).toBe(400_000);
  await server.execute(WINDOW_AGENT, { input: { id: agent.id, contextWindow: 5000 } });
  expect((await createConversation(server, agent.id, 'local/small')).contextWindow.limit).toBe(5000);
  expect((await read(server, agent.id)).contextWindow.limit).toBe(5000);
});

test('for a model of OpenAI the text is counted with its tokenizer', async () => {
  await using server = await startOwnServer({ PROVIDERS });
  const agent = await createBlockAgent(server, { label: 'human', value: 'Grüße 👋 '.repeat(50) });
  const { id, contextWindow } = await createConversation(server, agent.id, 'real/gpt-5-mini');
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  const { systemPrompt } = await read(server, id);
  expect(contextWindow.system + contextWindow.blocks).toBe(counter.message({ role: 'system', text: systemPrompt }));
  const estimated = (await createConversation(server, agent.id, 'local/large')).contextWindow;
  expect(estimated.blocks).not.toBe(contextWindow.blocks);
});

test('a list counts each conversation for itself, with its own blocks', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const plain = await Promise.all(
    Array.from({ length: 25 }, () => createConversation(server, agent.id, 'openai/test')),
  );
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  await updateBlock(server, { id: block.id, value: 'Grace '.repeat(200) });
  await send(server, { conversationId: plain[0]!.id, text: 'word '.repeat(400), wait: true });
  const { conversations } = await server.execute(WINDOWS, {});
  const windows = new Map(conversations.nodes.map((each) => [each.id, each.contextWindow]));
  expect(windows.get(conversationId)!.blocks).toBeGreaterThan(windows.get(plain[1]!.id)!.blocks + 200);
  expect(windows.get(plain[0]!.id)!.messages).toBeGreaterThan(400);
  for (const { id, contextWindow } of plain.slice(1)) expect(windows.get(id)).toEqual(contextWindow);
});
