import { expect, test } from 'vitest';
import { takeAway } from '../../durability/mid-answer.ts';
import { expectNextSend } from '../../durability/next-send.ts';
import { CANCEL, RUN_EVENTS } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { eventsUntil, firstConversation, history, runEvents, send, typesOf, type Edge } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const tools = new Map([testTool('plain'), testTool('guarded', { requiresApproval: true })]);

/** A run whose model has said something, and written the beginning of a call. */
async function midCall() {
  const server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  server.model.holdCalls();
  const run = await send(server, { conversationId, text: 'Go' });
  const call = await server.model.nextCall();
  const begun = eventsUntil(server, { conversationId }, isDelta);
  call.says('Wait.');
  const goOn = call.beginsCall('plain');
  await begun;
  const halfway = eventsUntil(server, { conversationId }, hasArguments);
  goOn('{"amount"');
  return { server, conversationId, run, call, goOn, halfway: await halfway };
}

function isDelta({ node }: Edge) {
  return node.__typename === 'ToolCallDelta';
}

function hasArguments({ node }: Edge) {
  return node.__typename === 'ToolCallDelta' && node.argumentsDelta !== '';
}

const deltasOf = (edges: Edge[]) => edges.flatMap(({ node }) => (node.__typename === 'ToolCallDelta' ? [node] : []));

const addedIn = (edges: Edge[]) =>
  edges.flatMap(({ node }) => (node.__typename === 'MessageAdded' ? [node.message] : []));

/** The arguments of each call, by the name that its first piece has. */
function writtenIn(edges: Edge[]): Record<string, string> {
  const calls = Object.values(Object.groupBy(deltasOf(edges), ({ toolCallId }) => toolCallId));
  return Object.fromEntries(
    calls.map((pieces = []) => [pieces[0]?.name, pieces.map(({ argumentsDelta }) => argumentsDelta).join('')]),
  );
}

test('a call is seen from its name on, and becomes the message and the call that its deltas name', async () => {
  const { server, run, call, goOn, halfway } = await midCall();
  await using _ = server;
  expect(deltasOf(halfway)).toMatchObject([
    { messageKind: 'TOOL_CALL', name: 'plain', argumentsDelta: '' },
    { messageKind: 'TOOL_CALL', name: null, argumentsDelta: '{"amount"' },
  ]);
  goOn(':7}');
  call.stops();
  (await server.model.nextCall()).stops();
  const edges = await runEvents(server, run.id);
  expect(writtenIn(edges)).toEqual({ plain: '{"amount":7}' });
  const [{ messageId, toolCallId } = expect.fail('there is no delta')] = deltasOf(edges);
  expect(addedIn(edges)).toContainEqual(expect.objectContaining({ id: messageId, kind: 'TOOL_CALL' }));
  expect(
    await server.deps.db.toolCall.findMany({ where: { organizationId: server.viewer.organizationId } }),
  ).toMatchObject([{ id: toolCallId, argumentsText: '{"amount":7}' }]);

  // From a cursor in the middle of the arguments comes the rest of them, and without deltas none.
  for (const [index, { cursor }] of edges.entries())
    expect(await runEvents(server, run.id, cursor)).toEqual(edges.slice(index + 1));
  const facts = await Array.fromAsync(server.subscribe(RUN_EVENTS, { runId: run.id, deltas: false }));
  expect(typesOf(facts.map(({ runEvents }) => runEvents))).toEqual(
    typesOf(edges).filter((type) => !type.endsWith('Delta')),
  );
  expect(await probe(server)).toEqual([]);
});

test('calls that are written in turns are told apart, and those to be approved are of a message of their own', async () => {
  await using server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  server.model.holdCalls();
  const run = await send(server, { conversationId, text: 'Go' });
  const call = await server.model.nextCall();
  const first = call.beginsCall('plain', '{"am');
  const second = call.beginsCall('guarded', '{');
  const third = call.beginsCall('unknown');
  first('ount":');
  second('"amount":"not a number"');
  third('oops');
  first('1}');
  second('}');
  call.stops();
  (await server.model.nextCall()).stops();
  const edges = await runEvents(server, run.id);
  expect(writtenIn(edges)).toEqual({
    plain: '{"amount":1}',
    guarded: '{"amount":"not a number"}',
    unknown: 'oops',
  });
  // The kind goes by the tool, also where the arguments turn out to be wrong: the message that comes is the one announced.
  const announced = new Map(deltasOf(edges).map(({ messageId, messageKind }) => [messageId, messageKind]));
  expect([...announced.values()].toSorted()).toEqual(['APPROVAL_REQUEST', 'TOOL_CALL']);
  for (const [id, kind] of announced) expect(addedIn(edges)).toContainEqual(expect.objectContaining({ id, kind }));
  expect(await probe(server)).toEqual([]);
});

test('calls beyond the one that is allowed are not announced', async () => {
  await using server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  const { db } = server.deps;
  await db.conversation.updateMany({
    where: { organizationId: server.viewer.organizationId },
    data: { modelSettings: { parallelToolCalls: false } },
  });
  server.model.answers(
    { toolCall: { name: 'plain', arguments: {} } },
    { toolCall: { name: 'guarded', arguments: {} } },
  );
  const run = await send(server, { conversationId, text: 'Go', wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(writtenIn(await runEvents(server, run.id))).toEqual({ plain: '{}' });
  expect(await probe(server)).toEqual([]);
});

test('a try that fails in the middle of arguments is taken back with its message, and the next has other ids', async () => {
  const { server, run, call } = await midCall();
  await using _ = server;
  call.reset();
  const again = await server.model.nextCall();
  again.beginsCall('plain')('{"amount":2}');
  again.stops();
  (await server.model.nextCall()).stops();
  const edges = await runEvents(server, run.id);
  const restart = edges.findIndex(({ node }) => node.__typename === 'StepRestarted');
  const [lost, kept] = [edges.slice(0, restart), edges.slice(restart)];
  const lostIds = new Set(lost.flatMap(({ node }) => ('messageId' in node ? [node.messageId] : [])));
  expect(lostIds.size).toBe(2);
  expect(edges[restart]?.node).toMatchObject({ messageIds: [...lostIds] });
  expect(writtenIn(kept)).toEqual({ plain: '{"amount":2}' });
  const toolCallIds = [lost, kept].map((part) => deltasOf(part)[0]?.toolCallId);
  expect(new Set(toolCallIds).size).toBe(2);
  expect(await probe(server)).toEqual([]);
});

test('another worker that takes over in the middle of arguments takes them back too', async () => {
  const { server, run } = await midCall();
  await using _ = server;
  await takeAway(server.deps, run.id);
  const again = await server.model.nextCall();
  again.beginsCall('plain', '{}');
  again.stops();
  (await server.model.nextCall()).stops();
  const edges = await runEvents(server, run.id);
  const [lost, kept] = [deltasOf(edges)[0], deltasOf(edges).at(-1)];
  const restarts = edges.flatMap(({ node }) => (node.__typename === 'StepRestarted' ? [node] : []));
  expect(restarts).toMatchObject([{ messageIds: expect.arrayContaining([lost?.messageId]) }]);
  expect(addedIn(edges).map(({ id }) => id)).toContain(kept?.messageId);
  expect(await probe(server)).toEqual([]);
});

test('of a call that was being written when its run was cancelled nothing is kept, and the next send works', async () => {
  const { server, conversationId, run, call, goOn } = await midCall();
  await using _ = server;
  only((await server.execute(CANCEL, { runId: run.id })).cancelRun, 'CancelRunPayload');
  goOn(':7}');
  call.stops();
  const edges = await runEvents(server, run.id);
  expect(deltasOf(edges)).not.toEqual([]);
  expect(edges.at(-1)?.node).toMatchObject({ __typename: 'RunFinished', status: 'CANCELLED' });
  expect((await history(server, conversationId)).messages.nodes.slice(2)).toMatchObject([
    { __typename: 'AssistantMessage', text: 'Wait.', isPartial: true },
  ]);
  expect(await server.deps.db.toolCall.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);
  await expectNextSend(server.model, server, conversationId);
  expect(await probe(server)).toEqual([]);
});
