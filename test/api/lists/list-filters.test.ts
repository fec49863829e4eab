import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { createAgent } from '../../../src/services/agents/create-agent.ts';
import { sendMessage } from '../../../src/services/sending/send-message.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, send } from '../../harness/talk.ts';
import { readPage, walk } from '../../harness/walk.ts';

/** Another organization's agent, and its default conversation with a run. */
async function foreignIds({ deps }: TestServer): Promise<[string, string]> {
  const organizationId = newId('Organization');
  await deps.db.organization.create({ data: { id: organizationId, name: 'Other' } });
  const viewer = { id: newId('User'), organizationId, name: null };
  const { id: agentId } = await createAgent(deps, viewer, { name: 'Other' });
  await sendMessage(deps, viewer, { conversationId: agentId, text: 'secret', wait: true });
  const { id } = await deps.db.conversation.findFirstOrThrow({ where: { agentId } });
  return [agentId, id];
}

test('lists of an agent and of a conversation are filters of the whole list', async () => {
  await using server = await startTestServer();
  const defaultId = await firstConversation(server);
  const otherId = await newConversation(server);
  for (const conversationId of [defaultId, otherId, otherId])
    await send(server, { conversationId, text: 'Hi', wait: true });
  const { agentId } = await server.deps.db.conversation.findUniqueOrThrow({ where: { id: defaultId } });
  const same: [string[], string, string][] = [
    [[`agent(id: "${agentId}")`, 'conversations'], 'conversations', `{ agentId: "${agentId}" }`],
    [[`agent(id: "${agentId}")`, 'runs'], 'runs', `{ agentId: "${agentId}" }`],
    [[`conversation(id: "${otherId}")`, 'runs'], 'runs', `{ conversationId: "${otherId}" }`],
    [[`conversation(id: "${agentId}")`, 'runs'], 'runs', `{ conversationId: "${agentId}" }`],
    [[`agent(id: "${agentId}")`, 'runs'], 'runs', `{ agentId: "${agentId}", conversationId: null }`],
  ];
  for (const [path, whole, filter] of same) {
    const nested = await walk(server, { path }, 1, 'forward');
    expect(nested).toEqual(await walk(server, { path: [whole], filter }, 1, 'forward'));
    expect(nested.length).toBeGreaterThan(0);
    expect(await walk(server, { path }, 2, 'backward')).toEqual(nested);
  }
});

test('a filter by an id that is foreign, missing or none matches nothing, and so does text that cannot be stored', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  const [foreignAgent, foreignConversation] = await foreignIds(server);
  const ids = ['', 'x', newId('Agent'), newId('Run'), foreignAgent, foreignConversation, '\0', '\ud800'];
  const texts = ['\0', '\ud800', 'no such text'];
  const filters: [string, object[]][] = [
    ['conversations', [...ids.map((agentId) => ({ agentId })), ...texts.map((summarySearch) => ({ summarySearch }))]],
    ['runs', ids.flatMap((id) => [{ agentId: id }, { conversationId: id }])],
    ['agents', texts.flatMap((text) => [{ name: text }, { query: text }, { tags: [text] }])],
  ];
  for (const [list, some] of filters) {
    const type = `${list[0]!.toUpperCase()}${list.slice(1, -1)}Filter`;
    for (const filter of some) {
      const query = `query ($filter: ${type}) { ${list}(filter: $filter) { totalCount nodes { id } } }`;
      const { data } = await server.request<object, object>(query, { filter });
      expect(data, JSON.stringify(filter)).toEqual({ [list]: { totalCount: 0, nodes: [] } });
    }
  }
});

test('messages are filtered by kind, context, run and group, and counted so', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const messages = [
    { text: 'a', groupId: 'g1' },
    { text: 'b', groupId: 'g2' },
  ];
  const first = await send(server, { conversationId, messages, wait: true });
  await send(server, { conversationId, text: 'c', wait: true });
  const path = [`conversation(id: "${conversationId}")`, 'messages'];
  const all = await walk(server, { path }, 3, 'forward');
  const [, a, b, answer, c, other] = all;
  const cases: [string, (string | undefined)[]][] = [
    ['null', all],
    ['{ kinds: [] }', all],
    ['{ kinds: [USER] }', [a, b, c]],
    ['{ kinds: [ASSISTANT, SYSTEM] }', [all[0], answer, other]],
    ['{ inContext: true }', all],
    ['{ inContext: false }', []],
    [`{ runId: "${first.id}" }`, [a, b, answer]],
    [`{ runId: "${first.id}", kinds: [USER], groupId: "g2" }`, [b]],
    ['{ groupId: "g1" }', [a]],
    ['{ groupId: "\\u0000" }', []],
    ['{ runId: "x" }', []],
  ];
  for (const [filter, expected] of cases) {
    expect(await walk(server, { path, filter }, 1, 'forward'), filter).toEqual(expected);
    expect(await walk(server, { path, filter }, 2, 'backward'), filter).toEqual(expected);
    expect((await readPage(server, { path, filter }, 'first: 1')).totalCount, filter).toBe(expected.length);
  }
});

test('a message run moves its conversation and its agent in the lists when it ends, however it ends', async () => {
  await using server = await startTestServer();
  const [calm, failing, cancelled] = [
    await newConversation(server),
    await newConversation(server),
    await newConversation(server),
  ] as [string, string, string];
  const orderBy = '{ field: LAST_RUN_COMPLETION, direction: DESC, nulls: LAST }';
  const list = { path: ['conversations'], orderBy };
  server.model.answers({ status: 400 });
  await send(server, { conversationId: failing, text: 'Hi', wait: true });
  const call = server.model.nextCall();
  const run = await send(server, { conversationId: cancelled, text: 'Hi' });
  await call;
  expect((await walk(server, list, 2, 'forward')).slice(0, 1)).toEqual([failing]);
  await server.request(`mutation { cancelRun(input: { runId: "${run.id}" }) { __typename } }`, {});
  expect((await walk(server, list, 2, 'forward')).slice(0, 3)).toEqual([cancelled, failing, calm]);
  const agents = await readPage(server, { path: ['agents'], filter: '{ lastStopReason: CANCELLED }' }, 'first: 1');
  expect(agents.totalCount).toBe(1);
});
