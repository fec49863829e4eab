import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { approve, decide, deny, pending, result, tryDecide } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const guarded = testTool('guarded', { requiresApproval: true });
const client = testTool('client', { isClient: true });
const tools = new Map([testTool('plain', { isParallel: true }), guarded, client]);
const calls = (...names: string[]) => names.map((name, amount) => ({ toolCall: { name, arguments: { amount } } }));

/** Starts a run whose model calls these tools, and returns it when it waits. */
async function park(...names: string[]) {
  const server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  server.model.answers('Let me see.', ...calls(...names));
  const run = await send(server, { conversationId, text: 'Go', wait: true });
  return { server, conversationId, run, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("three calls, of which one is to be approved, one is the client's and one is plain, are each done once, and told in order", async () => {
  await using parked = await park('guarded', 'client', 'plain');
  const { server, conversationId, run } = parked;
  expect(run.status).toBe('REQUIRES_ACTION');
  expect(await pending(server, run.id)).toMatchObject({
    attempt: 1,
    conversation: { status: 'REQUIRES_ACTION' },
    pendingToolCalls: [
      { name: 'guarded', status: 'AWAITING_APPROVAL', arguments: { amount: 0 } },
      { name: 'client', status: 'AWAITING_CLIENT', arguments: { amount: 1 } },
    ],
  });
  expect(await decide(server, run.id, { guarded: approve })).toMatchObject({
    status: 'REQUIRES_ACTION',
    pendingToolCalls: [{ name: 'client' }],
  });
  await decide(server, run.id, { client: result('from the client') });
  const edges = await runEvents(server, run.id);
  expect(typesOf(edges).filter((type) => type.startsWith('Run'))).toEqual([
    'RunQueued',
    'RunStarted',
    'RunRequiresAction',
    'RunResumed',
    'RunFinished',
  ]);
  const prompt = server.model.requests.at(-1)?.body.messages ?? [];
  const [asked, ...returns] = prompt.slice(-4);
  expect(asked).toMatchObject({
    role: 'assistant',
    content: 'Let me see.',
    tool_calls: ['guarded', 'client', 'plain'].map((name) => ({ function: { name } })),
  });
  const ids = ((asked?.tool_calls ?? []) as { id: string }[]).map(({ id }) => id);
  expect(returns).toEqual(
    ['guarded done', 'from the client', 'plain done'].map((content, index) => ({
      role: 'tool',
      tool_call_id: ids[index],
      content,
    })),
  );
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.slice(2).map(({ __typename }) => __typename)).toEqual([
    'AssistantMessage',
    'ToolCallMessage',
    'ApprovalRequestMessage',
    'ApprovalResponseMessage',
    'ApprovalResponseMessage',
    'ToolReturnMessage',
    'AssistantMessage',
  ]);
  expect(await probe(server)).toEqual([]);
});

test('a denied call does not run, and the model is told why', async () => {
  await using parked = await park('guarded');
  const { server, run } = parked;
  await decide(server, run.id, { guarded: deny('Too dear.') });
  const edges = await runEvents(server, run.id);
  expect(edges.at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(server.model.requests.at(-1)?.body.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: expect.stringContaining('Too dear.'),
  });
});

test('a send to a conversation that waits is refused with the calls, or denies and closes them with INTERRUPT', async () => {
  await using parked = await park('guarded', 'client');
  const { server, conversationId, run } = parked;
  for (const onBusy of ['REJECT', 'ENQUEUE'] as const) {
    const { sendMessage } = await server.execute(SEND_ANYWAY, { input: { conversationId, text: 'Hello?', onBusy } });
    expect(sendMessage).toMatchObject({
      __typename: 'PendingApprovalError',
      run: { id: run.id },
      toolCalls: [{ name: 'guarded' }, { name: 'client' }],
    });
  }
  const next = await send(server, { conversationId, text: 'Stop that.', onBusy: 'INTERRUPT', wait: true });
  expect(next.status).toBe('COMPLETED');
  expect(await readRun(server, run.id)).toMatchObject({ status: 'CANCELLED' });
  const returns = server.model.requests.at(-1)?.body.messages.filter(({ role }) => role === 'tool');
  expect(returns).toMatchObject([
    { content: expect.stringContaining('instead of a decision') },
    { content: expect.stringContaining('instead of a decision') },
  ]);
  expect(await probe(server)).toEqual([]);
});

test('the first decision counts: repeating it changes nothing, another is AlreadyDecidedError, and nothing of it is written', async () => {
  await using parked = await park('guarded', 'client');
  const { server, run } = parked;
  const { pendingToolCalls } = await pending(server, run.id);
  const [first, second] = pendingToolCalls.map(({ id }) => id);
  const approval = { runId: run.id, decisions: [{ toolCallId: first!, decision: approve }] };
  expect(await tryDecide(server, approval)).toMatchObject({ __typename: 'DecideToolCallsPayload' });
  expect(await tryDecide(server, approval)).toMatchObject({
    __typename: 'DecideToolCallsPayload',
    run: { pendingToolCalls: [{ name: 'client' }] },
  });
  const other = [
    { toolCallId: second!, decision: result('done') },
    { toolCallId: first!, decision: deny() },
  ];
  expect(await tryDecide(server, { runId: run.id, decisions: other })).toMatchObject({
    __typename: 'AlreadyDecidedError',
    toolCalls: [{ name: 'guarded' }],
  });
  expect((await pending(server, run.id)).pendingToolCalls).toMatchObject([{ name: 'client' }]);
  await decide(server, run.id, { client: result('done') });
  await runEvents(server, run.id);
  expect(await tryDecide(server, approval)).toMatchObject({ __typename: 'DecideToolCallsPayload' });
  expect(await tryDecide(server, { runId: run.id, decisions: other })).toMatchObject({
    __typename: 'AlreadyDecidedError',
  });
});

test('of two people who decide otherwise at once one wins', async () => {
  await using parked = await park('guarded');
  const { server, run } = parked;
  const { pendingToolCalls } = await pending(server, run.id);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const decision = index % 2 === 0 ? approve : deny(`no ${index}`);
      return tryDecide(server, { runId: run.id, decisions: [{ toolCallId: pendingToolCalls[0]!.id, decision }] });
    }),
  );
  const kinds = Map.groupBy(answers, ({ __typename }) => __typename);
  const winners = kinds.get('DecideToolCallsPayload')?.length ?? 0;
  // All who approved, or the one who denied with his reason.
  expect([1, 10]).toContain(winners);
  expect(kinds.get('AlreadyDecidedError')).toHaveLength(20 - winners);
  await runEvents(server, run.id);
  expect(await probe(server)).toEqual([]);
});

test('a decision of the wrong kind, on other arguments, or on what is not there is refused', async () => {
  await using parked = await park('guarded', 'client');
  const { server, run } = parked;
  const { pendingToolCalls } = await pending(server, run.id);
  const [first, second] = pendingToolCalls.map(({ id }) => id);
  const cases = [
    [{ toolCallId: first!, decision: result('x') }, /waits for an approval/],
    [{ toolCallId: second!, decision: approve }, /hand in/],
    [{ toolCallId: first!, decision: approve, argumentsHash: 'abc' }, /other arguments/],
  ] as const;
  for (const [decision, message] of cases) {
    expect(await tryDecide(server, { runId: run.id, decisions: [decision] })).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringMatching(message),
    });
  }
  expect(await tryDecide(server, { runId: run.id, decisions: [] })).toMatchObject({ __typename: 'InvalidInputError' });
  const missing = 'toolcall-01890000-0000-7000-8000-000000000000';
  for (const toolCallId of [missing, run.id]) {
    const decisions = [{ toolCallId, decision: approve }];
    expect(await tryDecide(server, { runId: run.id, decisions })).toMatchObject({ __typename: 'NotFoundError' });
  }
});

test('cancelling a run that waits closes its calls, and the next send works', async () => {
  await using parked = await park('guarded', 'client');
  const { server, conversationId, run } = parked;
  const { pendingToolCalls } = await pending(server, run.id);
  await server.execute(CANCEL_RUN, { runId: run.id });
  const decisions = [{ toolCallId: pendingToolCalls[0]!.id, decision: approve }];
  expect(await tryDecide(server, { runId: run.id, decisions })).toMatchObject({
    __typename: 'AlreadyDecidedError',
    toolCalls: [{ name: 'guarded', status: 'CANCELLED' }],
  });
  expect((await send(server, { conversationId, text: 'Next', wait: true })).status).toBe('COMPLETED');
  expect(await probe(server)).toEqual([]);
});

test.each([approve, deny('No.')])(
  'when the model fails after a decision, the conversation goes on: %o',
  async (decision) => {
    await using parked = await park('guarded');
    const { server, conversationId, run } = parked;
    server.model.answers({ status: 401 });
    await decide(server, run.id, { guarded: decision });
    await runEvents(server, run.id);
    expect(await readRun(server, run.id)).toMatchObject({ status: 'FAILED', error: { code: 'LLM_AUTHENTICATION' } });
    const next = await send(server, { conversationId, text: 'And now?', wait: true });
    expect(next.status).toBe('COMPLETED');
    expect(server.model.requests.at(-1)?.body.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'user',
    ]);
    expect(await probe(server)).toEqual([]);
  },
);

const SEND_ANYWAY = graphql(`
  mutation SendAnyway($input: SendMessageInput!) {
    sendMessage(input: $input) {
      __typename
      ... on PendingApprovalError {
        run {
          id
        }
        toolCalls {
          name
        }
      }
    }
  }
`);

const CANCEL_RUN = graphql(`
  mutation CancelWaiting($runId: ID!) {
    cancelRun(input: { runId: $runId }) {
      __typename
    }
  }
`);
