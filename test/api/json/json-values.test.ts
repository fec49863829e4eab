import { getNamedType, isObjectType, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { fillJsonFields, JSON_FIELDS, jsonIn, TRICKY } from '../../harness/json-fields.ts';
import { startTestServer } from '../../harness/server.ts';

test('every field of JSON, in lists too, gives what was put in, whatever its keys', async () => {
  expect(selectedFields()).toEqual(fieldsOfJson());
  await using server = await startTestServer();
  const variables = await fillJsonFields(server, TRICKY);
  const { data, errors } = await server.request(JSON_FIELDS, variables);
  expect(errors).toBeUndefined();
  const values = jsonIn(data);
  expect(values).toEqual(Array.from(values, () => TRICKY));
  expect(values).toHaveLength(21); // some in a list too, and two in what is sent to the model
  const [overSocket] = await Array.fromAsync(server.subscribe(parse(JSON_FIELDS), variables));
  expect(JSON.stringify(overSocket)).toBe(JSON.stringify(data));
});

test('an event gives the arguments of a call whatever their keys', async () => {
  await using server = await startTestServer();
  const { runId } = await fillJsonFields(server, TRICKY);
  const document = parse(`subscription JsonEvents($runId: ID!) {
    runEvents(runId: $runId) { node { ... on RunRequiresAction { toolCalls { arguments } } } }
  }`);
  for await (const event of server.subscribe(document, { runId })) {
    if (jsonIn(event).length === 0) continue;
    expect(jsonIn(event)).toEqual([TRICKY]);
    return;
  }
  expect.fail('the run ended');
});

test('a field can be called `then` by whoever asks', async () => {
  await using server = await startTestServer();
  const { data } = await server.request('{ then: viewer { then: id } models { then: name } }', {});
  expect(JSON.stringify(data)).toContain(`{"then":{"then":"${server.viewer.id}"},"models":[{"then":"`);
});

/** `Type.field` of every field of JSON that an answer can have. */
function fieldsOfJson(): string[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => getNamedType(field.type).name === 'JSON')
        .map((field) => `${type.name}.${field.name}`),
    )
    .toSorted();
}

function selectedFields(): string[] {
  const selected = new Set<string>();
  const info = new TypeInfo(schema);
  visit(
    parse(JSON_FIELDS),
    visitWithTypeInfo(info, {
      Field(node) {
        if (getNamedType(info.getType())?.name === 'JSON') selected.add(`${info.getParentType()}.${node.name.value}`);
      },
    }),
  );
  return [...selected].toSorted();
}
