import { expect, test } from 'vitest';
import type { CreateAgentInput } from '../../graphql/graphql.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { CREATE, AGENT } from '../../harness/agents.ts';

/** That many arrays, one in the other. */
function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

test('an agent has what it was created with, and defaults for the rest', async () => {
  await using server = await startTestServer();
  const input: CreateAgentInput = {
    name: 'Ada',
    description: 'd',
    system: '{"verbatim": true}',
    model: 'openai/gpt-4.1',
    modelSettings: { temperature: 0.3, reasoningEffort: 'LOW' },
    contextWindow: 9000,
    tags: ['a', 'b', 'a'],
    metadata: { k: [1, null], deep: nested(59) },
    timezone: 'Europe/Berlin',
    hidden: true,
    blocks: [
      { label: 'human', value: 'Grüße 👋', limit: 8 },
      { label: 'persona', value: '', readOnly: true },
    ],
  };
  const { agent } = only((await server.execute(CREATE, { input })).createAgent, 'CreateAgentPayload');
  expect(agent).toMatchObject({
    ...input,
    tags: ['a', 'b'],
    lastRunCompletion: null,
    lastStopReason: null,
    conversations: { totalCount: 1 },
    blocks: [
      { label: 'human', limit: 8, readOnly: false, version: 1 },
      { label: 'persona', limit: 100_000, readOnly: true },
    ],
  });
  expect((await server.execute(AGENT, { id: agent.id })).agent).toEqual(agent);

  const nulls = { system: null, model: null, tags: null, metadata: null, timezone: null, hidden: null, blocks: null };
  const plain = only(
    (await server.execute(CREATE, { input: { name: 'Plain', ...nulls } })).createAgent,
    'CreateAgentPayload',
  ).agent;
  expect(plain).toMatchObject({
    model: 'openai/test',
    modelSettings: null,
    contextWindow: 128_000,
    tags: [],
    metadata: {},
    timezone: 'UTC',
    hidden: false,
    blocks: [],
  });
});

test('agents that cannot be are refused with every problem named', async () => {
  await using server = await startTestServer();
  const bad: [CreateAgentInput, string][] = [
    [{ name: ' ' }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ name: 'a', model: 'nobody/x' }, 'model'],
    [{ name: 'a', timezone: 'Mars/Olympus' }, 'timezone'],
    [{ name: 'a', metadata: [] }, 'metadata'],
    [{ name: 'a', metadata: { k: ['a\0'] } }, 'metadata'],
    [{ name: 'a', metadata: { 'a\0': 1 } }, 'metadata'],
    [{ name: 'a', metadata: { a: nested(2000) } }, 'metadata'],
    [{ name: 'a', metadata: { a: nested(60) } }, 'metadata'],
    [{ name: 'a', model: 'a\0' }, 'model'],
    [{ name: 'a', contextWindow: 10 }, 'contextWindow'],
    [{ name: 'a', model: 'other', contextWindow: 128_001 }, 'contextWindow'],
    [{ name: 'a', blocks: [{ label: 'x', value: '123', limit: 2 }] }, 'blocks.0.value'],
    [
      {
        name: 'a',
        blocks: [
          { label: 'x', value: '' },
          { label: 'x', value: '' },
        ],
      },
      'blocks',
    ],
    [{ name: 'a', blocks: [{ label: '<b>', value: '' }] }, 'blocks.0.label'],
  ];
  for (const [input, path] of bad) {
    const { issues } = only((await server.execute(CREATE, { input })).createAgent, 'InvalidInputError');
    expect(
      issues.map((issue) => issue.path.join('.')),
      JSON.stringify(input),
    ).toEqual([path]);
  }
  const many = only(
    (await server.execute(CREATE, { input: { name: '', timezone: 'x' } })).createAgent,
    'InvalidInputError',
  );
  expect(many.issues).toHaveLength(2);
});
