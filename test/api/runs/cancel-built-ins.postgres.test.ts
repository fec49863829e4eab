import { expect, test } from 'vitest';
import { afterStatements } from '../../harness/after-statements.ts';
import { blocksOf, createBlockAgent } from '../../harness/blocks.ts';
import { CANCEL } from '../../harness/documents.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, isCall, send } from '../../harness/talk.ts';

/** `isBefore`: the statement after which, once it is committed, the cancel comes. */
const cases = [
  {
    name: 'a search that is not finished only reads',
    call: { name: 'conversation_search', arguments: { query: 'hello' } },
    isBefore: (statement: string) => statement.includes('websearch_to_tsquery'),
    isInTransaction: false,
    end: {
      status: 'CANCELLED',
      result: expect.stringMatching(/^It was not finished: the run was cancelled\. It only reads/),
    },
    last: 'SUCCEEDED',
    value: '',
  },
  {
    name: 'an edit of memory that comes too late is not made',
    call: { name: 'core_memory_append', arguments: { label: 'human', content: 'Ada' } },
    isBefore: (statement: string) => /UPDATE.*ToolCall.*RUNNING/s.test(statement),
    isInTransaction: true,
    end: { status: 'CANCELLED', result: 'It was not run: the run was cancelled.' },
    last: 'CANCELLED',
    value: '',
  },
  {
    name: 'an edit of memory that was made has its return',
    call: { name: 'core_memory_append', arguments: { label: 'human', content: 'Ada' } },
    isBefore: (statement: string) => /INSERT INTO.*BlockVersion/s.test(statement),
    isInTransaction: true,
    end: { status: 'SUCCEEDED', result: expect.stringMatching(/was changed: it has 3 of at most/) },
    last: 'SUCCEEDED',
    value: 'Ada',
  },
];

test.each(cases)('of a built-in tool at work when its run is cancelled nothing is unknown: $name', async (given) => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: '' });
  const conversationId = agent.defaultConversation.id;
  await send(server, { conversationId, text: 'Hello!', wait: true });
  const { eventCursor: after } = await history(server, conversationId);
  server.model.answers({ toolCall: given.call });
  let [isBefore, isCancelled] = [false, false];
  const isMeant = (statement: string) => {
    isBefore ||= given.isBefore(statement);
    return !isCancelled && isBefore && (!given.isInTransaction || statement.includes('COMMIT'));
  };
  const cancelled = Promise.withResolvers<unknown>();
  using _ = afterStatements(isMeant, async () => {
    isCancelled = true;
    await cancel(server, conversationId).then(cancelled.resolve, cancelled.reject);
  });
  await send(server, { conversationId, text: 'Go' });
  expect(await cancelled.promise).toMatchObject([given.end]);
  // The search goes on to its end, and its return is kept then.
  await eventsUntil(server, { conversationId, after }, isCall(given.last));
  expect((await blocksOf(server, agent.id)).map(({ value }) => value)).toEqual([given.value]);
  expect(await probe(server)).toEqual([]);
});

async function cancel(server: TestServer, conversationId: string) {
  const { activeRun } = await history(server, conversationId);
  await server.execute(CANCEL, { runId: activeRun?.id ?? '' });
  const { messages } = await history(server, conversationId);
  return messages.nodes.flatMap((message) => (message.__typename === 'ToolReturnMessage' ? message.toolCalls : []));
}
