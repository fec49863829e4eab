import { GraphQLInputObjectType, isInputObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startTestServer } from '../../harness/server.ts';
import { FIRST_AGENT } from '../../harness/documents.ts';

const SPACE = ' ';
const TAB = '\t';
const NO_BREAK_SPACE = '\u00a0';
const ZERO_WIDTH_SPACE = '\u200b';
const WORD_JOINER = '\u2060';
const HANGUL_FILLER = '\u3164';

/** Each in place of the provider, of the name, of both, and where nobody sees it. */
const bad = [SPACE, TAB, '\n', NO_BREAK_SPACE, ZERO_WIDTH_SPACE, WORD_JOINER, HANGUL_FILLER, SPACE + TAB].flatMap(
  (blank) => [blank, `openai/${blank}`, `${blank}/test`, `${blank}/${blank}`, `openai/test${blank}`, `${blank}test`],
);

/** A field, its kind of operation, and its input with this model. */
type Case = [operation: 'query' | 'mutation', field: string, inputOf: (model: string) => object, path?: string];

const settings = (model: string) => ({ compactionSettings: { model } });

test('a model handle whose provider or name is blank is refused wherever a handle is taken', async () => {
  await using server = await startTestServer();
  const { agents } = await server.execute(FIRST_AGENT, {});
  const agentId = agents.nodes[0]!.id;
  const conversationId = agents.nodes[0]!.defaultConversation.id;
  const cases: Case[] = [
    ['mutation', 'createAgent', (model) => ({ name: 'a', model })],
    ['mutation', 'createAgent', (model) => ({ name: 'a', ...settings(model) }), 'compactionSettings.model'],
    ['mutation', 'updateAgent', (model) => ({ id: agentId, model })],
    ['mutation', 'updateAgent', (model) => ({ id: agentId, ...settings(model) }), 'compactionSettings.model'],
    ['mutation', 'createConversation', (model) => ({ agentId, model })],
    ['mutation', 'updateConversation', (model) => ({ id: conversationId, model })],
    ['mutation', 'sendMessage', (model) => ({ conversationId, text: 'Hi', model })],
    ['query', 'previewModelRequest', (model) => ({ conversationId, text: 'Hi', model })],
    ['mutation', 'compactConversation', (model) => ({ conversationId, settings: { model } }), 'settings.model'],
  ];
  expect([...new Set(cases.map(([, field]) => field))].toSorted()).toEqual(fieldsThatTakeAModel());
  for (const [operation, field, inputOf, path = 'model'] of cases) {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input!`;
    const document = `${operation} Blank($input: ${type}) {
      ${field}(input: $input) { __typename ... on InvalidInputError { issues { path message } } }
    }`;
    for (const model of bad) {
      const { data } = await server.request(document, { input: inputOf(model) });
      expect(data, `${field} with ${JSON.stringify(model)}`).toEqual({
        [field]: { __typename: 'InvalidInputError', issues: [{ path: path.split('.'), message: expect.any(String) }] },
      });
    }
  }
});

test('the refusal shows the characters that nobody sees', async () => {
  await using server = await startTestServer();
  const document = `mutation Shown($input: CreateAgentInput!) {
    createAgent(input: $input) { ... on InvalidInputError { issues { message } } }
  }`;
  const { data } = await server.request(document, { input: { name: 'a', model: 'openai/test\u200b' } });
  expect(data).toEqual({
    createAgent: { issues: [{ message: expect.stringContaining(String.raw`no model "openai/test\u{200b}"`) }] },
  });
});

/** The queries and mutations with a field `model` anywhere in their input. */
function fieldsThatTakeAModel(): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}),
  );
  return roots
    .filter(({ args }) => args.some(({ type }) => takesModel(typeOf(type))))
    .map(({ name }) => name)
    .toSorted();
}

function takesModel(type: unknown): boolean {
  if (!isInputObjectType(type)) return false;
  return Object.values((type as GraphQLInputObjectType).getFields()).some(
    (field) => field.name === 'model' || takesModel(typeOf(field.type)),
  );
}

function typeOf(type: { ofType?: unknown } | unknown): unknown {
  const inner = (type as { ofType?: unknown }).ofType;
  return inner === undefined ? type : typeOf(inner);
}
