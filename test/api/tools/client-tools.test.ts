import { expect, test } from 'vitest';
import type { ClientToolInput } from '../../graphql/graphql.ts';
import { SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, newConversation, send } from '../../harness/talk.ts';

const parameters = { type: 'object', properties: { path: { type: 'string' } } };
const readFile = { name: 'read_file', description: 'Reads a file.', parameters };
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `t${index}`, parameters }));
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

const bad: [string, ClientToolInput[], string][] = [
  ['an impossible name', [{ name: 'read file', parameters }], '0.name'],
  ['an empty name', [{ name: '', parameters }], '0.name'],
  ['a name twice', [readFile, { name: 'other', parameters }, readFile], ''],
  ['too many tools', many(129), ''],
  ['U+0000 in a description', [{ ...readFile, description: '\0' }], '0.description'],
  ['the schema of a text', [readFile, { name: 'b', parameters: { type: 'string' } }], '1.parameters'],
  ['a schema that is no object', [{ name: 'b', parameters: 'object' }], '0.parameters'],
  ['U+0000 in a schema', [{ name: 'b', parameters: { type: 'object', title: '\0' } }], '0.parameters'],
  ['a deep schema', [{ name: 'b', parameters: { type: 'object', default: nested(100) } }], '0.parameters'],
  [
    'schemas that are too long together',
    many(6).map((tool) => ({ ...tool, parameters: { type: 'object', title: 'x'.repeat(45_000) } })),
    '',
  ],
];

test('client tools that cannot be are refused with their path, and nothing is written', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  for (const [name, clientTools, path] of bad) {
    const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi', clientTools } });
    const { issues } = only(sendMessage, 'InvalidInputError');
    expect(
      issues.map((issue) => issue.path.join('.')),
      name,
    ).toEqual([path ? `clientTools.${path}` : 'clientTools']);
  }
  expect(await sendDeep(server, conversationId)).not.toContain('SendMessagePayload');
  expect(await history(server, conversationId)).toMatchObject({
    status: 'IDLE',
    messages: { nodes: [{ position: 1 }] },
  });
});

test('the tools of a message are kept with its run, for that run only', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const kept = async (clientTools?: ClientToolInput[] | null) => {
    const { id } = await send(server, { conversationId, text: 'Hi', clientTools, wait: true });
    return (await server.deps.db.run.findUniqueOrThrow({ where: { id } })).request;
  };
  expect(await kept([readFile, { name: 'memory_insert', parameters: { type: 'object' } }])).toMatchObject({
    clientTools: [readFile, { name: 'memory_insert', description: '', parameters: { type: 'object' } }],
  });
  expect(await kept()).toMatchObject({ clientTools: null });
  expect(await kept(null)).toMatchObject({ clientTools: null });
  expect(await kept([])).toMatchObject({ clientTools: null });
});

test('a key that is used again with other tools is a conflict, and no tools are as none', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const base = { conversationId, text: 'Hi', wait: true };
  const first = await send(server, { ...base, idempotencyKey: 'with', clientTools: [readFile] });
  expect((await send(server, { ...base, idempotencyKey: 'with', clientTools: [readFile] })).id).toBe(first.id);
  for (const clientTools of [
    null,
    [],
    [{ ...readFile, name: 'other' }],
    [{ ...readFile, parameters: { type: 'object' } }],
  ]) {
    const { sendMessage } = await server.execute(SEND, { input: { ...base, idempotencyKey: 'with', clientTools } });
    expect(only(sendMessage, 'IdempotencyConflictError').run.id).toBe(first.id);
  }
  const without = await send(server, { ...base, idempotencyKey: 'without' });
  expect((await send(server, { ...base, idempotencyKey: 'without', clientTools: [] })).id).toBe(without.id);
});

/** Written by hand: JSON.stringify gives up at such a depth. */
async function sendDeep({ url }: TestServer, conversationId: string): Promise<string> {
  const list = '['.repeat(50_000) + ']'.repeat(50_000);
  const tools = `[{"name":"b","parameters":{"type":"object","default":${list}}}]`;
  const query = 'mutation Deep($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":"${query}","variables":{"input":{"conversationId":"${conversationId}","text":"Hi","clientTools":${tools}}}}`,
  });
  return response.text();
}
