import { expect, test } from 'vitest';
import type { FakeRequest } from '../harness/fake-openai.ts';
import { graphql } from '../graphql/index.ts';
import { only } from '../harness/only.ts';
import { probe } from '../harness/probe.ts';
import { startTestServer, type TestServer } from '../harness/server.ts';
import { history, readRun, runEvents, send, typesOf } from '../harness/talk.ts';
import { testTool } from '../harness/test-tool.ts';
import { walk } from '../harness/walk.ts';

const WINDOW = 2000;

/** An agent with a small window and no memory tools, and its conversation. */
async function smallAgent(server: TestServer, input: { system?: string; contextWindow?: number } = {}) {
  const created = await server.execute(CREATE_SMALL, {
    input: { name: 'Small', contextWindow: WINDOW, includeBaseTools: false, ...input },
  });
  return only(created.createAgent, 'CreateAgentPayload').agent.defaultConversation.id;
}

/** The system prompt of an agent says which agent it is; that of a summariser does not. */
const isSummary = ({ messages }: FakeRequest['body']) => !messages[0]?.content?.includes('AGENT_ID');

const LONG = 'lorem ipsum dolor '.repeat(10);

/** What a provider insists on: the system message first, and every call followed by its return. */
function expectPaired({ messages }: FakeRequest['body']) {
  expect(messages[0]?.role).toBe('system');
  const open: string[] = [];
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === 'tool') expect(open.shift()).toBe(id);
    else expect(open).toEqual([]);
    open.push(...((calls ?? []) as { id: string }[]).map((call) => call.id));
  }
  expect(open).toEqual([]);
}

test(
  'a long conversation on a small window never fails, and its history stays whole',
  { timeout: 240_000 },
  async () => {
    const EXCHANGES = 200;
    await using server = await startTestServer({}, new Map([testTool('lookup', { isParallel: true })]));
    const conversationId = await smallAgent(server);
    server.model.enforcesWindow(WINDOW);
    server.model.responds((body) => {
      if (isSummary(body)) return ['So far they looked up many things.'];
      const isAnswered = body.messages.at(-1)?.role === 'tool';
      return isAnswered ? ['It says: ', 'nothing. '.repeat(10)] : [{ toolCall: { name: 'lookup', arguments: {} } }];
    });
    for (let count = 0; count < EXCHANGES; count++) {
      const run = await send(server, {
        conversationId,
        text: `Look up ${count}. ${'Please. '.repeat(20)}`,
        wait: true,
      });
      expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
    }
    const talks = server.model.requests.filter(({ body }) => !isSummary(body));
    for (const { body } of talks) expectPaired(body);
    const summaries = server.model.requests.length - talks.length;
    expect(summaries).toBeGreaterThan(5);
    // A question, a call, its return and an answer each; the system prompt; and the summaries.
    const ids = await walk(server, { path: [`conversation(id: "${conversationId}")`, 'messages'] }, 100, 'forward');
    expect(new Set(ids).size).toBe(EXCHANGES * 4 + 1 + summaries);
    expect(await probe(server.deps.db, [])).toEqual([]);
  },
);

test('a context that is over 90 % of the window is compacted before the next call', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 4; count++) {
    server.model.answers(`Answer ${count}.`);
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  }
  server.model.answers('A long one.', { usage: { prompt_tokens: 1800, completion_tokens: 10, total_tokens: 1810 } });
  const last = await send(server, { conversationId, text: 'Really?', wait: true });
  expect(typesOf(await runEvents(server, last.id))).not.toContain('CompactionStarted');

  server.model.answers('They asked and answered.');
  server.model.answers('Good.');
  const run = await send(server, { conversationId, text: 'How was it?', wait: true });
  const types = typesOf(await runEvents(server, run.id));
  expect(types.filter((type) => type.startsWith('Compaction'))).toEqual(['CompactionStarted', 'CompactionFinished']);
  const prompt = server.model.requests.at(-1)?.body.messages ?? [];
  expect(prompt.at(-1)).toEqual({ role: 'user', content: 'How was it?' });
  expect(JSON.stringify(prompt)).toContain('They asked and answered.');
  expect(await readRun(server, run.id)).toMatchObject({ stepCount: 1 });
  expect(await probe(server.deps.db, [])).toEqual([]);
});

test('a prompt that the provider refuses as too long is made shorter, and what is being answered stays in it', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 3; count++)
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  server.model.answers({ status: 400, body: refusal });
  server.model.answers('They talked.');
  server.model.answers('There you are.');
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(server.model.requests.at(-1)?.body.messages.at(-1)).toEqual({ role: 'user', content: 'Now answer this.' });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.at(-1)).toMatchObject({ text: 'There you are.' });
  expect(await probe(server.deps.db, [])).toEqual([]);
});

test('a provider that goes on refusing is asked four times, then the run fails, and the conversation goes on', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 12; count++)
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  const before = server.model.requests.length;
  server.model.responds((body) => (isSummary(body) ? ['Short.'] : [{ status: 400, body: refusal }]));
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' } });
  const asked = server.model.requests
    .slice(before)
    .filter(({ body }) => body.messages.at(-1)?.content === 'Now answer this.');
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThanOrEqual(4);
  server.model.responds(() => ['Fine again.']);
  expect((await send(server, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
  expect(await probe(server.deps.db, [])).toEqual([]);
});

test('a system prompt that fills the window alone fails the run with a reason of its own', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server, { contextWindow: 1000, system: 'Be good. '.repeat(1000) });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  server.model.responds(() => [{ status: 400, body: refusal }]);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT',
    error: { code: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT' },
  });
});

const CREATE_SMALL = graphql(`
  mutation CreateSmall($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          defaultConversation {
            id
          }
        }
      }
    }
  }
`);
