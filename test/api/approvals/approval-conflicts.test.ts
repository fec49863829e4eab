import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { approve, decide, deny, pending, result, tryDecide } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { readRun, runEvents, send } from '../../harness/talk.ts';
import { park } from '../../harness/three-calls.ts';

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
