import { expect, test } from 'vitest';
import type { ToolRuleInput } from '../../graphql/graphql.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { tryRules, updateRules } from '../../harness/tool-rules.ts';

const many = (count: number) => Array.from({ length: count }, () => ({ exitLoop: { toolName: 'a' } }));

test('an agent has the tool rules that it was given, in their order, and an update replaces them all', async () => {
  await using server = await startTestServer();
  const toolRules: ToolRuleInput[] = [
    { runFirst: { toolName: 'a', args: { deep: [1, { x: null }] } } },
    { runFirst: { toolName: 'b' } },
    { exitLoop: { toolName: 'not-there_yet' } },
    { continueLoop: { toolName: 'a' } },
    {
      constrainChildTools: { toolName: 'a', children: ['b', 'c', 'b'], childArgs: [{ toolName: 'c', args: { n: 1 } }] },
    },
    { parentLastTool: { toolName: 'a', children: ['b'] } },
    {
      conditional: {
        toolName: 'a',
        childOutputMapping: [{ output: 'yes', toolName: 'b' }],
        defaultChild: 'c',
        requireOutputMapping: null,
      },
    },
    { maxCountPerRun: { toolName: 'a', limit: 3 } },
    { requiredBeforeExit: { toolName: 'a' } },
  ];
  const { agent } = only(await tryRules(server, toolRules), 'CreateAgentPayload');
  expect(agent.toolRules).toEqual([
    { __typename: 'RunFirstToolRule', toolName: 'a', args: { deep: [1, { x: null }] } },
    { __typename: 'RunFirstToolRule', toolName: 'b', args: null },
    { __typename: 'ExitLoopToolRule', toolName: 'not-there_yet' },
    { __typename: 'ContinueLoopToolRule', toolName: 'a' },
    {
      __typename: 'ConstrainChildToolRule',
      toolName: 'a',
      children: ['b', 'c'],
      childArgs: [{ toolName: 'c', args: { n: 1 } }],
    },
    { __typename: 'ParentLastToolRule', toolName: 'a', children: ['b'] },
    {
      __typename: 'ConditionalToolRule',
      toolName: 'a',
      childOutputMapping: [{ output: 'yes', toolName: 'b' }],
      defaultChild: 'c',
      requireOutputMapping: false,
    },
    { __typename: 'MaxCountPerRunToolRule', toolName: 'a', limit: 3 },
    { __typename: 'RequiredBeforeExitToolRule', toolName: 'a' },
  ]);

  const update = async (input: object) =>
    only(await updateRules(server, { id: agent.id, ...input }), 'UpdateAgentPayload').agent.toolRules;
  expect(await update({ name: 'Other' })).toEqual(agent.toolRules);
  expect(await update({ toolRules: [{ exitLoop: { toolName: 'a' } }] })).toEqual([
    { __typename: 'ExitLoopToolRule', toolName: 'a' },
  ]);
  expect(await update({ toolRules: [] })).toEqual([]);
});

test('tool rules that cannot be are refused with every problem named, and nothing is written', async () => {
  await using server = await startTestServer();
  const mapping = [{ output: 'yes', toolName: 'b' }];
  const bad: [ToolRuleInput, string][] = [
    [{ exitLoop: { toolName: '' } }, 'exitLoop.toolName'],
    [{ continueLoop: { toolName: 'a b' } }, 'continueLoop.toolName'],
    [{ requiredBeforeExit: { toolName: 'a'.repeat(65) } }, 'requiredBeforeExit.toolName'],
    [{ runFirst: { toolName: 'a', args: [] } }, 'runFirst.args'],
    [{ runFirst: { toolName: 'a', args: { k: 'a\0' } } }, 'runFirst.args'],
    [{ constrainChildTools: { toolName: 'a', children: [] } }, 'constrainChildTools.children'],
    [{ constrainChildTools: { toolName: 'a', children: ['b', '?'] } }, 'constrainChildTools.children.1'],
    [
      { constrainChildTools: { toolName: 'a', children: ['b'], childArgs: [{ toolName: 'c', args: {} }] } },
      'constrainChildTools.childArgs.0.toolName',
    ],
    [
      {
        constrainChildTools: {
          toolName: 'a',
          children: ['b'],
          childArgs: [
            { toolName: 'b', args: {} },
            { toolName: 'b', args: {} },
          ],
        },
      },
      'constrainChildTools.childArgs.1.toolName',
    ],
    [{ parentLastTool: { toolName: 'a', children: [] } }, 'parentLastTool.children'],
    [{ conditional: { toolName: 'a', childOutputMapping: [] } }, 'conditional.childOutputMapping'],
    [{ conditional: { toolName: 'a', childOutputMapping: mapping, defaultChild: '' } }, 'conditional.defaultChild'],
    [{ maxCountPerRun: { toolName: 'a', limit: 0 } }, 'maxCountPerRun.limit'],
  ];
  for (const [rule, path] of bad) {
    const { issues } = only(await tryRules(server, [{ exitLoop: { toolName: 'a' } }, rule]), 'InvalidInputError');
    expect(
      issues.map((issue) => issue.path.join('.')),
      JSON.stringify(rule),
    ).toEqual([`toolRules.1.${path}`]);
  }
  const all = bad.map(([rule]) => rule);
  expect(only(await tryRules(server, all), 'InvalidInputError').issues).toHaveLength(bad.length);

  expect(only(await tryRules(server, many(101)), 'InvalidInputError').issues[0]?.path).toEqual(['toolRules']);
  const { agent } = only(await tryRules(server, many(100)), 'CreateAgentPayload');
  for (const toolRules of [null, [{ maxCountPerRun: { toolName: 'a', limit: -1 } }]]) {
    only(await updateRules(server, { id: agent.id, toolRules }), 'InvalidInputError');
  }
  expect(only(await updateRules(server, { id: agent.id }), 'UpdateAgentPayload').agent.toolRules).toHaveLength(100);
});

test('a rule has exactly one kind', async () => {
  await using server = await startTestServer();
  for (const rule of [{}, { exitLoop: { toolName: 'a' }, continueLoop: { toolName: 'a' } }, { exitLoop: null }]) {
    await expect(tryRules(server, [rule as ToolRuleInput])).rejects.toThrow(/exactly one|oneOf|non-null/i);
  }
});
