import { expect, test } from 'vitest';
import { CANCEL } from '../../harness/documents.ts';
import { approve, decide, deny, pending, result, tryDecide } from '../../harness/decisions.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const tools = new Map([testTool('guarded', { isClient: true, requiresApproval: true })]);

async function park(server: TestServer) {
  const conversationId = await firstConversation(server);
  server.model.answers({ toolCall: { name: 'guarded', arguments: {} } });
  const { id: runId } = await send(server, { conversationId, text: 'Go', wait: true });
  const [call] = (await pending(server, runId)).pendingToolCalls;
  return { runId, toolCallId: call?.id ?? expect.fail('nothing waits') };
}

test("an approval that is repeated when the client's turn has come changes nothing; a denial still denies", async () => {
  await using server = await startTestServer(tools);
  const { runId, toolCallId } = await park(server);
  const approval = { runId, decisions: [{ toolCallId, decision: approve }] };
  expect(await tryDecide(server, approval)).toMatchObject({ __typename: 'DecideToolCallsPayload' });
  const waits = { status: 'REQUIRES_ACTION', pendingToolCalls: [{ status: 'AWAITING_CLIENT' }] };
  await expect.poll(() => pending(server, runId), { timeout: 20_000 }).toMatchObject(waits);
  expect(await tryDecide(server, approval)).toMatchObject({ __typename: 'DecideToolCallsPayload', run: waits });
  const because = { toolCallId, decision: { approval: { approved: true, reason: 'Another one.' } } };
  expect(await tryDecide(server, { runId, decisions: [because] })).toMatchObject({ __typename: 'InvalidInputError' });
  await decide(server, runId, { guarded: deny('Not any more.') });
  await runEvents(server, runId);
  expect(server.model.requests.at(-1)?.body.messages.at(-1)?.content).toContain('Not any more.');
});

test('a decision on what cannot be the id of a call is a NotFoundError', async () => {
  await using server = await startTestServer(tools);
  const { runId } = await park(server);
  for (const toolCallId of ['', 'toolcall-\0', '\ud800']) {
    const decisions = [{ toolCallId, decision: result('x') }];
    expect(await tryDecide(server, { runId, decisions })).toMatchObject({ __typename: 'NotFoundError' });
  }
});

test('a call that does not wait any more does not expire', async () => {
  await using server = await startTestServer(tools);
  const { runId, toolCallId: id } = await park(server);
  await server.execute(CANCEL, { runId });
  expect(await server.deps.db.toolCall.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: 'CANCELLED',
    approvalExpiresAt: null,
  });
});
