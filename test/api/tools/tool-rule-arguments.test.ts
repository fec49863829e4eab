import { expect, test } from 'vitest';
import type { ToolRuleInput } from '../../graphql/graphql.ts';
import { only } from '../../harness/only.ts';
import { probe } from '../../harness/probe.ts';
import { call, startRuled } from '../../harness/ruled-agent.ts';
import { startTestServer } from '../../harness/server.ts';
import { readRun, runEvents, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { tryRules, updateRules } from '../../harness/tool-rules.ts';
import { attach, createTool, updateTool } from '../../harness/tools.ts';

const two = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } };

test.each([
  ['anyOf', { ...two, anyOf: [{ required: ['days'] }, { required: ['hours'] }] }],
  ['minProperties', { ...two, minProperties: 2 }],
  ['dependentRequired', { ...two, dependentRequired: { city: ['days'] } }],
  ['unevaluatedProperties', { type: 'object', allOf: [two], unevaluatedProperties: false }],
  ['a reference', { type: 'object', $ref: '#/$defs/two', $defs: { two } }],
  ['a reference into anyOf', { ...two, anyOf: [two], properties: { ...two.properties, more: { $ref: '#/anyOf/0' } } }],
])('arguments of a rule and of the model are checked together: %s', async (_name, parameters) => {
  await using ruled = await startRuled([{ runFirst: { toolName: 'a', args: { city: 'Rome' } } }], {
    a: { parameters },
  });
  ruled.server.model.answers(call('a', { city: 'Bern', days: 2 }));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  expect(ruled.runs).toEqual([['a', { city: 'Rome', days: 2 }]]);
});

test('the model is told what it has to write beside the arguments of a rule, and may call again', async () => {
  const parameters = { ...two, dependentRequired: { city: ['days'] } };
  await using ruled = await startRuled([{ runFirst: { toolName: 'a', args: { city: 'Rome' } } }], {
    a: { parameters, requiresApproval: false },
  });
  ruled.server.model.answers(call('a', {}));
  ruled.server.model.answers(call('a', { days: 2 }));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  expect(ruled.runs).toEqual([['a', { city: 'Rome', days: 2 }]]);
  expect(ruled.server.model.requests[1]?.body.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: expect.stringMatching(/days when property city is present.*A tool rule sets city, whatever you write\./),
  });
  expect(await probe(ruled.server)).toEqual([]);
});

const child = (args: object): ToolRuleInput => ({
  constrainChildTools: { toolName: 'b', children: ['a'], childArgs: [{ toolName: 'a', args }] },
});

test('a rule whose arguments its tool does not take is refused when the agent has the tool', async () => {
  await using server = await startTestServer(new Map([testTool('a', { parameters: two })]));
  const bad: [ToolRuleInput, string, RegExp][] = [
    [{ runFirst: { toolName: 'a', args: { city: 1 } } }, 'runFirst.args', /\/city must be string/],
    [{ runFirst: { toolName: 'a', args: { town: 'Rome' } } }, 'runFirst.args', /"town".*additionalProperties/],
    [child({ days: 'two' }), 'constrainChildTools.childArgs.0.args', /\/days must be integer/],
  ];
  for (const [rule, path, words] of bad) {
    const { issues } = only(await tryRules(server, [{ exitLoop: { toolName: 'a' } }, rule]), 'InvalidInputError');
    expect(issues).toEqual([{ path: `toolRules.1.${path}`.split('.'), message: expect.stringMatching(words) }]);
  }
  // A child that it is not, a built-in tool, a tool of the agent's own.
  const tool = await createTool(server, { name: 'later', parameters: two });
  const { agent } = only(await tryRules(server, [], { toolIds: [tool.id] }), 'CreateAgentPayload');
  for (const toolName of ['a', 'later', 'conversation_search']) {
    const toolRules = [{ runFirst: { toolName, args: { town: 'Rome' } } }];
    only(await updateRules(server, { id: agent.id, toolRules }), 'InvalidInputError');
    only(await tryRules(server, toolRules, { toolIds: [tool.id] }), 'InvalidInputError');
  }
  const toolRules = [{ runFirst: { toolName: 'later', args: { city: 'Rome' } } }, child({ days: 2 })];
  only(await updateRules(server, { id: agent.id, toolRules }), 'UpdateAgentPayload');
});

test.each([
  ['additionalProperties', { ...two, additionalProperties: true }],
  ['a schema of the others', { ...two, additionalProperties: { type: 'string' } }],
  ['patternProperties', { ...two, patternProperties: { '^to': {} } }],
  ['an open part', { ...two, anyOf: [{ required: ['town'], additionalProperties: true }, { required: ['city'] }] }],
  ['a part that names it', { ...two, anyOf: [{ properties: { town: {} } }, { properties: { village: {} } }] }],
])('a rule may set an argument that the schema allows by %s', async (_name, parameters) => {
  const toolRules = [{ runFirst: { toolName: 'a', args: { town: 'Rome' } } }];
  await using ruled = await startRuled(toolRules, { a: { parameters } });
  ruled.server.model.answers(call('a', { days: 1 }));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED' });
  expect(ruled.runs).toEqual([['a', { town: 'Rome', days: 1 }]]);
});

test.each([
  { args: { city: 1 }, words: /\/city must be string/ },
  { args: { town: 'Rome' }, words: /"town".*additionalProperties/ },
])('arguments of a rule that a later tool does not take end the run: $args', async ({ args, words }) => {
  await using server = await startTestServer();
  const toolRules = [{ runFirst: { toolName: 'later', args } }];
  const { agent } = only(await tryRules(server, toolRules, { includeBaseTools: false }), 'CreateAgentPayload');
  const tool = await createTool(server, { name: 'later', parameters: { ...two, additionalProperties: true } });
  only(await attach(server, agent.id, tool.id), 'AttachToolPayload');
  only(await updateTool(server, { id: tool.id, parameters: two }), 'UpdateToolPayload');
  server.model.answers(call('later', { city: 'Bern' }));
  const { id } = await send(server, { conversationId: agent.defaultConversation.id, text: 'Go' });
  await runEvents(server, id);
  const run = await readRun(server, id);
  const code = 'INVALID_TOOL_CALL';
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: code,
    error: { code, message: expect.stringMatching(words) },
  });
  expect(await probe(server)).toEqual([]);
});
