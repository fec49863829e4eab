import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { approve, decide, deny, pending, result, tryDecide } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { history, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';
import { park } from '../../harness/three-calls.ts';

const CANCEL_RUN = graphql(`
  mutation CancelWaiting($runId: ID!) {
    cancelRun(input: { runId: $runId }) {
      __typename
    }
  }
`);

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
