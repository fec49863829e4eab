import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { statementsOf, addAgents } from '../../harness/statements.ts';

/** In each conversation that has a step: two calls of it, one of which had to be approved, with all messages that tell of them. */
async function addToolMessages({ deps: { db } }: TestServer) {
  const steps = await db.step.findMany({ where: { toolCalls: { none: {} } }, include: { run: true } });
  const calls = steps.flatMap(({ id: stepId, runId, organizationId }) =>
    [false, true].map((needsDecision, index) => ({
      id: newId('ToolCall'),
      organizationId,
      runId,
      stepId,
      index,
      name: needsDecision ? 'careful' : 'quick',
      status: 'SUCCEEDED' as const,
      argumentsText: '{}',
      argumentsHash: '',
      needsDecision,
    })),
  );
  await db.toolCall.createMany({ data: calls });
  const kinds = ['TOOL_CALL', 'APPROVAL_REQUEST', 'APPROVAL_RESPONSE', 'TOOL_RETURN'] as const;
  await db.message.createMany({
    data: steps.flatMap(({ id: stepId, run: { id: runId, conversationId, organizationId, queuedSeq } }) =>
      kinds.map((kind, index) => {
        const place = 2 + queuedSeq * kinds.length + index;
        const decided = calls.filter((call) => call.stepId === stepId && call.needsDecision);
        return {
          id: newId('Message'),
          organizationId,
          conversationId,
          runId,
          stepId,
          kind,
          position: place,
          contextRank: place,
          inContext: true,
          content: kind === 'APPROVAL_RESPONSE' ? { toolCallIds: decided.map(({ id }) => id) } : {},
        };
      }),
    ),
  });
}

const CALLS = `query Calls {
  conversations(first: 200) {
    nodes {
      messages(first: 200) { nodes { ...WithCalls } }
      contextMessages { ...WithCalls }
      lastMessage { ...WithCalls }
    }
  }
}
fragment WithCalls on Message {
  __typename
  ... on ToolCallMessage { toolCalls { name run { status conversation { id } } } }
  ... on ApprovalRequestMessage { toolCalls { name status } }
  ... on ApprovalResponseMessage { toolCalls { name decision { approved } } }
  ... on ToolReturnMessage { toolCalls { name result } }
}`;

interface Calls {
  conversations: { nodes: { messages: { nodes: { __typename: string; toolCalls?: { name: string }[] }[] } }[] };
}

test('the calls of all messages of a list are read together, whatever the messages tell of them', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const read = async () => {
    const { data, errors } = await server.request<Calls, object>(CALLS, {});
    expect(errors).toBe(undefined);
    return data?.conversations.nodes.flatMap(({ messages }) => messages.nodes) ?? [];
  };
  await addAgents(server, { agents: 2, conversations: 2, runs: 2 });
  await addToolMessages(server);
  const few = await statementsOf(server, read);
  await addAgents(server, { agents: 5, conversations: 3, runs: 3 });
  await addToolMessages(server);
  expect(await statementsOf(server, read)).toBe(few);
  expect(few).toBe(15);

  const told = (await read()).map(
    ({ __typename, toolCalls }) => `${__typename}: ${toolCalls?.map(({ name }) => name)}`,
  );
  expect(new Set(told)).toEqual(
    new Set([
      'SystemMessage: undefined',
      'UserMessage: undefined',
      'ToolCallMessage: quick',
      'ApprovalRequestMessage: careful',
      'ApprovalResponseMessage: careful',
      'ToolReturnMessage: quick,careful',
    ]),
  );
});
