import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { coveredPositions, undoCompaction } from '../../harness/compaction.ts';
import { compact } from '../../harness/compact.ts';
import { only } from '../../harness/only.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { newConversation, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { startWaiting } from '../../harness/waiting.ts';

const LONG = 'lorem ipsum dolor sit amet '.repeat(40);

/** The provider says that a call took so many tokens. */
const took = (tokens: number) => ({ usage: { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens } });

async function talked(server: TestServer, exchanges: number, tokens?: number): Promise<string> {
  const conversationId = await newConversation(server);
  for (let count = 1; count <= exchanges; count++) {
    server.model.answers(`Answer ${count}: ${LONG}`, ...(tokens ? [took(tokens)] : []));
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  }
  return conversationId;
}

test('keptFromPosition is that of the first message that stayed, instructions that were sent with the run too', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 1);
  for (const summary of ['They talked.', 'They talked on.']) {
    server.model.answers({ status: 413 });
    server.model.answers(summary);
  }
  const messages = [
    { role: 'SYSTEM' as const, text: 'Be brief.' },
    { role: 'USER' as const, text: 'Now answer this.' },
  ];
  const run = await send(server, { conversationId, messages, wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(await server.request(CONTEXT, { id: conversationId })).toMatchObject({
    data: {
      conversation: {
        contextMessages: [{}, { keptFromPosition: 4 }, { position: 4 }, { position: 5 }, { position: 8 }],
      },
    },
  });
});

test('messages above keptFromPosition have left too when an older one had to stay, and covers has exactly those that left', async () => {
  await using waiting = await startWaiting('guarded');
  const { server, conversationId } = waiting;
  const { summaryMessage, conversation } = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(conversation.contextMessages.map(({ position }) => position)).toEqual([1, 10, 16, 14, 15]);
  expect(summaryMessage?.keptFromPosition).toBe(10);
  expect(await coveredPositions(server, summaryMessage!.id)).toEqual([[2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]]);
});

test('the use of a compaction says nothing of the size of the context', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 2);
  server.model.answers('They talked.', took(900));
  const { run } = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  const { usage } = await readRun(server, run.id);
  expect(usage).toMatchObject({ totalTokens: 900, contextTokens: null });
});

test('what a provider said of a context says nothing of it after a compaction before it was undone', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 4, 4000);
  server.model.answers('They talked.');
  const { summaryMessage } = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  server.model.answers('Yes.', took(200));
  await send(server, { conversationId, text: 'Do you remember?', wait: true });
  only(await undoCompaction(server, summaryMessage!.id), 'UndoCompactionPayload');
  server.model.answers('They talked again.');
  const again = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(await coveredPositions(server, again.summaryMessage!.id)).toEqual([[2, 3, 4, 5, 6, 7, 8, 9, 11, 12]]);
  expect(again.summaryMessage?.compaction?.contextTokensBefore).toBeGreaterThan(1000);
});

test('a run that could make no room at its start makes some when its own steps have filled the window', async () => {
  await using server = await startTestServer(new Map([testTool('lookup')]));
  const created = await server.execute(CREATE_KEPT, {
    input: { name: 'Small', contextWindow: 4000, includeBaseTools: false },
  });
  const conversationId = only(created.createAgent, 'CreateAgentPayload').agent.defaultConversation.id;
  const call = { toolCall: { name: 'lookup', arguments: {} } };
  for (const tokens of [3900, 4100, 4700]) server.model.answers(LONG, call, took(tokens));
  server.model.answers('They looked things up.');
  server.model.answers('Done.', took(3000));
  const run = await send(server, { conversationId, text: 'lorem ipsum '.repeat(1250), wait: true });
  expect(run.status).toBe('COMPLETED');
  const types = typesOf(await runEvents(server, run.id));
  expect(types.filter((type) => type === 'CompactionFinished')).toHaveLength(1);
  expect(types.filter((type) => type === 'CompactionFailed')).toHaveLength(1);
  expect(server.model.requests.at(-1)?.body.messages.at(1)?.content).toContain('lorem ipsum');
  expect(await probe(server)).toEqual([]);
});

const CONTEXT =
  'query ($id: ID!) { conversation(id: $id) { contextMessages { position ... on SummaryMessage { keptFromPosition } } } }';

const CREATE_KEPT = graphql(`
  mutation CreateKept($input: CreateAgentInput!) {
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
