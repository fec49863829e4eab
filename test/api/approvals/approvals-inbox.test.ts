import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { expireToolCalls } from '../../../src/services/approvals/expire-tool-calls.ts';
import { approve, decide, pending, tryDecide } from '../../harness/decisions.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { newConversation, readRun, runEvents, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { readPage, walk } from '../../harness/walk.ts';

const tools = new Map([testTool('guarded', { requiresApproval: true }), testTool('client', { isClient: true })]);

async function park(server: TestServer, ...names: string[]) {
  const conversationId = await newConversation(server);
  server.model.answers(...names.map((name) => ({ toolCall: { name, arguments: {} } })));
  const run = await send(server, { conversationId, text: 'Go', wait: true });
  const { pendingToolCalls } = await pending(server, run.id);
  return { conversationId, runId: run.id, calls: pendingToolCalls.map(({ id }) => id) };
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

const ids = async (server: TestServer, filter?: string) => {
  const { nodes, totalCount } = await readPage(server, { path: ['pendingApprovals'], filter }, 'first: 50');
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ id }) => id);
};

test('the inbox lists what waits in every conversation, the oldest first, and no more than that', async () => {
  await using server = await startTestServer(tools);
  expect(await ids(server)).toEqual([]);
  const first = await park(server, 'guarded', 'client');
  const second = await park(server, 'client');
  const all = [...first.calls, ...second.calls];
  expect((await ids(server)).toSorted()).toEqual(all.toSorted());
  expect(await ids(server, '{ kind: APPROVAL }')).toEqual([first.calls[0]]);
  expect(await ids(server, `{ conversationId: "${second.conversationId}" }`)).toEqual(second.calls);
  expect(await ids(server, `{ kind: RESULT, toolName: "client" }`)).toHaveLength(2);
  expect(await ids(server, `{ agentId: "${newId('Agent')}" }`)).toEqual([]);
  const output = await server.request('{ pendingApprovals { nodes { stdout stderr } } }', {});
  expect(output.data).toEqual({ pendingApprovals: { nodes: all.map(() => ({ stdout: [], stderr: [] })) } });
  const forward = await ids(server);
  expect(await walk(server, { path: ['pendingApprovals'] }, 1, 'forward')).toEqual(forward);
  await decide(server, first.runId, { guarded: approve });
  expect((await ids(server)).toSorted()).toEqual(all.filter((id) => id !== first.calls[0]).toSorted());

  const organizationId = newId('Organization');
  await server.deps.db.organization.create({ data: { id: organizationId, name: 'Other' } });
  await server.deps.db.run.updateMany({ where: { id: second.runId }, data: { organizationId } });
  await server.deps.db.toolCall.updateMany({ where: { runId: second.runId }, data: { organizationId } });
  expect(await ids(server)).toEqual([first.calls[1]]);
  const decisions = [{ toolCallId: second.calls[0]!, decision: approve }];
  expect(await tryDecide(server, { runId: second.runId, decisions })).toMatchObject({ __typename: 'NotFoundError' });
});

test('a call that nobody decides in time counts as denied, one without a result as failed, and the run goes on', async () => {
  await using server = await startOwnServer({ APPROVAL_TIMEOUT_MS: '60000' }, tools);
  const { runId, calls } = await park(server, 'guarded', 'client');
  const { db } = server.deps;
  const { createdAt, approvalExpiresAt } = await db.toolCall.findFirstOrThrow({ where: { id: calls[0]! } });
  expect(Math.abs(approvalExpiresAt!.getTime() - createdAt.getTime() - 60_000)).toBeLessThan(1000);
  await expireToolCalls(server.deps, AbortSignal.timeout(60_000));
  expect(await pending(server, runId)).toMatchObject({ status: 'REQUIRES_ACTION' });
  await db.toolCall.updateMany({ where: { runId }, data: { approvalExpiresAt: new Date(0) } });
  await expireToolCalls(server.deps, AbortSignal.timeout(60_000));
  await runEvents(server, runId);
  expect(await readRun(server, runId)).toMatchObject({ status: 'COMPLETED' });
  const stored = await db.toolCall.findMany({ where: { runId }, orderBy: { index: 'asc' } });
  expect(stored).toMatchObject([
    { status: 'DENIED', result: expect.stringContaining('in time'), decision: { approval: { decidedById: null } } },
    { status: 'FAILED', result: expect.stringContaining('in time') },
  ]);
});

test('a call does not expire where that is switched off', async () => {
  await using server = await startOwnServer({ APPROVAL_TIMEOUT_MS: '0' }, tools);
  const { runId } = await park(server, 'guarded');
  expect((await pending(server, runId)).pendingToolCalls).toMatchObject([{ approvalExpiresAt: null }]);
});

test('the time that a run waits for people is not in its duration', async () => {
  await using server = await startTestServer(tools);
  const { runId } = await park(server, 'guarded');
  const { db } = server.deps;
  const hourAgo = new Date(Date.now() - 3_600_000);
  // As if it had been parked an hour ago.
  await db.run.update({ where: { id: runId }, data: { parkedAt: hourAgo, startedAt: hourAgo } });
  await decide(server, runId, { guarded: approve });
  await runEvents(server, runId);
  const { durationMs } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  expect(durationMs).toBeLessThan(60_000);
});

test('the time to the first token is working time since the start: what was done before the wait is in it', async () => {
  await using server = await startTestServer(tools);
  const { runId } = await park(server, 'guarded');
  const { db } = server.deps;
  // As if it had worked for ten minutes, and then waited for an hour.
  await db.run.update({ where: { id: runId }, data: { startedAt: minutesAgo(70), parkedAt: minutesAgo(60) } });
  await decide(server, runId, { guarded: approve });
  await runEvents(server, runId);
  const { timeToFirstTokenMs, durationMs } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  expect(timeToFirstTokenMs).toBeGreaterThanOrEqual(600_000);
  expect(timeToFirstTokenMs).toBeLessThanOrEqual(durationMs!);
  expect(durationMs).toBeLessThan(700_000);
});
