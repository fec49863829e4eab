import { isInputObjectType, type GraphQLArgument, type GraphQLInputField } from 'graphql';
import { expect, test, vi } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { schema } from '../../../src/schema/index.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, newConversation, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

/** A place that takes a conversation's id, and the id of the conversation that it took the given one for. */
type Place = [name: string, use: (server: TestServer, id: string) => Promise<unknown>];

const mutation = (name: string, input: object, selection: string, key = 'conversationId'): Place['1'] => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${selection} } }`;
  return async (server, id) => {
    const { data } = await server.request(document, { input: { ...input, [key]: id } });
    return (data as Record<string, unknown> | undefined)?.[name];
  };
};

const payload = (name: string, fields: string) => `... on ${name} { ${fields} }`;
const itself = 'conversation { id }';

const places: Place[] = [
  [
    'Query.conversation(id:)',
    async (server, id) =>
      (await server.request('query ($id: ID!) { conversation(id: $id) { id eventCursor } }', { id })).data,
  ],
  [
    'RunFilter.conversationId',
    async (server, id) =>
      (
        await server.request(
          'query ($id: ID!) { runs(filter: { conversationId: $id }) { totalCount nodes { conversation { id } } } }',
          { id },
        )
      ).data,
  ],
  [
    'PendingApprovalFilter.conversationId',
    async (server, id) => {
      await leaveWaiting(server);
      const query = `query ($id: ID!) {
        pendingApprovals(filter: { conversationId: $id }) { totalCount nodes { run { ${itself} } } }
      }`;
      return (await server.request(query, { id })).data;
    },
  ],
  [
    'Subscription.conversationEvents(conversationId:)',
    async (server, id) => {
      const after = Buffer.from(`${(await defaultOf(server)).id}:0`).toString('base64url');
      const told = eventsUntil(server, { conversationId: id, after }, () => true);
      const [first] = await told.catch(() => []);
      return first ? Buffer.from(first.cursor, 'base64url').toString() : 'refused';
    },
  ],
  [
    'SendMessageInput.conversationId',
    mutation('sendMessage', { text: 'Hi', wait: true }, payload('SendMessagePayload', `run { ${itself} }`)),
  ],
  [
    'CancelConversationInput.conversationId',
    mutation('cancelConversation', {}, payload('CancelConversationPayload', `runs { ${itself} }`)),
  ],
  [
    'CompactConversationInput.conversationId',
    async (server, id) => {
      // So that there is something to compact each time.
      await send(server, { conversationId: (await defaultOf(server)).id, text: 'Hi', wait: true });
      const compact = mutation('compactConversation', {}, payload('CompactConversationPayload', itself));
      const done = await compact(server, id);
      await vi.waitFor(
        async () => expect((await history(server, (await defaultOf(server)).id)).status).toBe('IDLE'),
        10_000,
      );
      return done;
    },
  ],
  [
    'UpdateConversationInput.id',
    mutation('updateConversation', { summary: 'x' }, payload('UpdateConversationPayload', itself), 'id'),
  ],
  [
    'DeleteConversationInput.id',
    mutation('deleteConversation', {}, payload('InvalidInputError', 'issues { path }'), 'id'),
  ],
  [
    'ResetConversationInput.conversationId',
    mutation('resetConversation', {}, payload('ResetConversationPayload', itself)),
  ],
  [
    'RecompileSystemPromptInput.conversationId',
    mutation('recompileSystemPrompt', {}, payload('RecompileSystemPromptPayload', itself)),
  ],
  [
    'PreviewModelRequestInput.conversationId',
    async (server, id) =>
      (
        await server.request(
          `query ($id: ID!) {
            previewModelRequest(input: { conversationId: $id, text: "Hi" }) { __typename ${payload('PreviewModelRequestPayload', 'payload')} }
          }`,
          { id },
        )
      ).data,
  ],
  [
    'CaptureMessagesInput.conversationId',
    mutation(
      'captureMessages',
      { messages: [{ role: 'USER', text: 'x', otid: 'once' }] },
      payload('CaptureMessagesPayload', `${itself} messages { id }`),
    ),
  ],
  [
    'ForkConversationInput.conversationId',
    mutation(
      'forkConversation',
      {},
      payload('ForkConversationPayload', 'conversation { agent { id } messages { nodes { position otid } } }'),
    ),
  ],
];

/** A tool call of the default conversation waits from now on. */
async function leaveWaiting(server: TestServer) {
  if ((await server.deps.db.toolCall.count({ where: { organizationId: server.viewer.organizationId } })) > 0) return;
  server.model.answers({ toolCall: { name: 'guarded', arguments: {} } });
  await send(server, { conversationId: (await defaultOf(server)).id, text: 'Go', wait: true });
}

async function defaultOf({ deps: { db }, viewer: { organizationId } }: TestServer) {
  return db.conversation.findFirstOrThrow({ where: { organizationId, isDefault: true }, orderBy: { id: 'asc' } });
}

test.each(places)('%s: an agent id means its default conversation', async (name, use) => {
  await using server = await startTestServer(new Map([testTool('guarded', { requiresApproval: true })]));
  const { agentId, id } = await defaultOf(server);
  const other = await newConversation(server);
  await send(server, { conversationId: other, text: 'Hi', wait: true });
  await send(server, { conversationId: id, text: 'Hi', wait: true });
  const isCancel = name.startsWith('Cancel');
  const prepare = async () => {
    if (!isCancel) return;
    const next = server.model.nextCall();
    await send(server, { conversationId: id, text: 'Hi' });
    await next;
  };
  await prepare();
  const byAgent = await use(server, agentId);
  await prepare();
  expect(byAgent).toEqual(await use(server, id));
  expect(JSON.stringify(byAgent)).toContain(outcomes[name] ?? id);
  expect(JSON.stringify(byAgent)).not.toContain(other);

  const missing = await use(server, newId('Agent'));
  expect(JSON.stringify(missing)).toMatch(/NotFoundError|"conversation":null|"totalCount":0|refused/);
});

/** What shows that it was the default conversation, where the answer does not name it. */
const outcomes: Record<string, string> = {
  'DeleteConversationInput.id': '"InvalidInputError","issues":[{"path":["id"]}]',
  'ForkConversationInput.conversationId': '"position":3',
};

test('every place of the schema that takes a conversation id is in this table', () => {
  const found = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || !('getFields' in type)) return [];
    if (isInputObjectType(type)) return named(Object.values(type.getFields()), (name) => `${type.name}.${name}`);
    return Object.values(type.getFields()).flatMap((field) =>
      named(field.args, (name) => `${type.name}.${field.name}(${name}:)`),
    );
  });
  expect(found.toSorted()).toEqual(places.map(([name]) => name).toSorted());
});

function named(fields: readonly (GraphQLArgument | GraphQLInputField)[], name: (field: string) => string): string[] {
  return fields.filter(({ description }) => description?.includes('conv-…')).map((field) => name(field.name));
}
