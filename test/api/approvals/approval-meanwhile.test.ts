import { expect, test } from 'vitest';
import type { Tools } from '../../../src/agent/tool.ts';
import { expireToolCalls } from '../../../src/services/approvals/expire-tool-calls.ts';
import { takeAway } from '../../durability/mid-answer.ts';
import { createBlockAgent, readBlock } from '../../harness/blocks.ts';
import { approve, decide, deny, pending, result, tryDecide } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send, typesOf } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { readBuiltIn, setApproval } from '../../harness/tools.ts';

const append = { toolCall: { name: 'core_memory_append', arguments: { label: 'human', content: 'Likes tea.' } } };
const slow = { toolCall: { name: 'slow', arguments: {} } };

/** A tool that goes on when it is let, and tells when it has been started. */
function heldTool() {
  const [started, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = async () => {
    started.resolve();
    await released.promise;
    return 'slow done';
  };
  return { tools: new Map([testTool('slow', { run })]) satisfies Tools, started: started.promise, ...released };
}

async function appending(server: TestServer) {
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const tool = (await readBuiltIn(server)).find(({ name }) => name === 'core_memory_append')!;
  const blockId = agent.blocks[0]!.id;
  return {
    agent,
    tool,
    conversationId: agent.defaultConversation.id,
    value: async () => (await readBlock(server, blockId))?.value,
  };
}

test.each([
  ['of the step that is under way', [[slow, append]]],
  ['of a later step of the run', [[slow], [append]]],
])(
  'approval that is asked for while a run works holds for every call that has not begun, also %s',
  async (_which, steps) => {
    const { tools, started, resolve } = heldTool();
    await using server = await startTestServer(tools);
    const { agent, tool, conversationId, value } = await appending(server);
    for (const calls of steps) server.model.answers(...calls);
    const { id: runId } = await send(server, { conversationId, text: 'Go' });
    await started;
    await setApproval(server, agent.id, tool.id, true);
    resolve();
    await expect
      .poll(() => pending(server, runId), { timeout: 20_000 })
      .toMatchObject({
        status: 'REQUIRES_ACTION',
        pendingToolCalls: [
          { name: 'core_memory_append', status: 'AWAITING_APPROVAL', approvalExpiresAt: expect.any(String) },
        ],
      });
    expect(await value()).toBe('Ada');
    await decide(server, runId, { core_memory_append: approve });
    const edges = await runEvents(server, runId);
    expect(edges.at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
    expect(await value()).toBe('Ada\nLikes tea.');
    expect(await probe(server)).toEqual([]);
  },
);

test.each([
  ['decided', result('from the client')],
  ['expired', undefined],
])('a call that is %s while another of its step still runs is answered once, in its place', async (_how, decision) => {
  const { tools, started, resolve } = heldTool();
  await using server = await startTestServer(new Map([...tools, testTool('client', { isClient: true })]));
  const conversationId = await firstConversation(server);
  server.model.answers({ toolCall: { name: 'client', arguments: {} } }, slow);
  const { id: runId } = await send(server, { conversationId, text: 'Go' });
  await started;
  const call = await server.deps.db.toolCall.findFirstOrThrow({ where: { runId, status: 'AWAITING_CLIENT' } });
  if (decision) await tryDecide(server, { runId, decisions: [{ toolCallId: call.id, decision }] });
  else {
    await server.deps.db.toolCall.update({ where: { id: call.id }, data: { approvalExpiresAt: new Date(0) } });
    await expireToolCalls(server.deps, AbortSignal.timeout(60_000));
  }
  resolve();
  const edges = await runEvents(server, runId);
  expect(typesOf(edges)).not.toContain('RunRequiresAction');
  const returns = server.model.requests.at(-1)?.body.messages.filter(({ role }) => role === 'tool');
  const told = decision ? 'from the client' : expect.stringContaining('in time');
  expect(returns).toMatchObject([{ content: told }, { content: 'slow done' }]);
  expect(await probe(server)).toEqual([]);
});

test('approval that was asked for holds for whoever takes the run over, who does not know what became of the call before', async () => {
  const { tools, started } = heldTool();
  await using server = await startTestServer(tools);
  const { agent, tool, conversationId, value } = await appending(server);
  server.model.answers(slow, append);
  const { id: runId } = await send(server, { conversationId, text: 'Go' });
  await started;
  await setApproval(server, agent.id, tool.id, true);
  await takeAway(server.deps, runId);
  await expect
    .poll(() => pending(server, runId), { timeout: 20_000 })
    .toMatchObject({ status: 'REQUIRES_ACTION', attempt: 2, pendingToolCalls: [{ status: 'AWAITING_APPROVAL' }] });
  expect(await value()).toBe('Ada');
  await decide(server, runId, { core_memory_append: deny('Keep that to yourself.') });
  await runEvents(server, runId);
  const returns = server.model.requests.at(-1)?.body.messages.filter(({ role }) => role === 'tool');
  expect(returns).toMatchObject([
    { content: expect.stringContaining('not known') },
    { content: expect.stringContaining('Keep that to yourself.') },
  ]);
  expect(await value()).toBe('Ada');
  expect(await probe(server)).toEqual([]);
});
