import { expect, test } from 'vitest';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { newId } from '../../../src/ids.ts';
import type { CompactionSettingsInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';

const CREATE = graphql(`
  mutation CreateCompactingAgent($settings: CompactionSettingsInput) {
    createAgent(input: { name: "Ada", compactionSettings: $settings }) {
      __typename
      ... on CreateAgentPayload {
        agent {
          ...CompactingAgent
        }
      }
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
    }
  }

  fragment CompactingAgent on Agent {
    id
    compactionSettings {
      mode
      model
      modelSettings {
        temperature
        maxOutputTokens
      }
      prompt
      clipChars
      slidingWindowPercentage
      promptAcknowledgement
    }
  }
`);

const UPDATE = graphql(`
  mutation CompactingAgentUpdate($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
      ... on UpdateAgentPayload {
        agent {
          ...CompactingAgent
        }
      }
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
    }
  }
`);

const READ = graphql(`
  query ReadCompactingAgent($id: ID!) {
    agent(id: $id) {
      ...CompactingAgent
    }
  }
`);

const DEFAULTS = {
  mode: 'SLIDING_WINDOW',
  model: null,
  modelSettings: null,
  prompt: defaultPrompt('SLIDING_WINDOW'),
  clipChars: 50_000,
  slidingWindowPercentage: 0.3,
  promptAcknowledgement: false,
} as const;

const CHOSEN = {
  mode: 'ALL',
  model: 'openai/gpt-5-nano',
  modelSettings: { temperature: 0.5, maxOutputTokens: 900 },
  prompt: 'Be brief.',
  clipChars: 1000,
  slidingWindowPercentage: 1,
  promptAcknowledgement: true,
} as const;

async function create(server: TestServer, settings: CompactionSettingsInput | null) {
  return (await server.execute(CREATE, { settings })).createAgent;
}

async function created(server: TestServer, settings: CompactionSettingsInput | null) {
  return only(await create(server, settings), 'CreateAgentPayload').agent;
}

async function update(server: TestServer, id: string, compactionSettings: CompactionSettingsInput | null) {
  return (await server.execute(UPDATE, { input: { id, compactionSettings } })).updateAgent;
}

async function updated(server: TestServer, id: string, settings: CompactionSettingsInput) {
  return only(await update(server, id, settings), 'UpdateAgentPayload').agent.compactionSettings;
}

async function read(server: TestServer, id: string) {
  return (await server.execute(READ, { id })).agent?.compactionSettings;
}

test('an agent without settings has the defaults, and one with settings has those it was created with', async () => {
  await using server = await startTestServer();
  for (const none of [null, {}]) expect(await created(server, none)).toMatchObject({ compactionSettings: DEFAULTS });
  const { id, compactionSettings } = await created(server, { ...CHOSEN, model: 'gpt-5-nano' });
  expect(compactionSettings).toEqual(CHOSEN);
  expect(await read(server, id)).toEqual(CHOSEN);
  expect(await created(server, { clipChars: null })).toMatchObject({
    compactionSettings: { ...DEFAULTS, clipChars: null },
  });
  const all = await created(server, { mode: 'SELF_COMPACT_ALL' });
  expect(all).toMatchObject({ compactionSettings: { prompt: defaultPrompt('SELF_COMPACT_ALL') } });
});

test('an update changes the fields that are given; null clears what can be null', async () => {
  await using server = await startTestServer();
  const { id } = await created(server, CHOSEN);
  expect(await updated(server, id, {})).toEqual(CHOSEN);
  expect(await updated(server, id, { clipChars: 5 })).toEqual({ ...CHOSEN, clipChars: 5 });
  const cleared = { model: null, modelSettings: null, clipChars: null };
  expect(await updated(server, id, cleared)).toEqual({ ...CHOSEN, ...cleared });
  const replaced = { modelSettings: { temperature: 0.1 } };
  expect(await updated(server, id, replaced)).toEqual({
    ...CHOSEN,
    ...cleared,
    modelSettings: { temperature: 0.1, maxOutputTokens: null },
  });
  await server.execute(UPDATE, { input: { id, name: 'Grace', model: 'openai/gpt-4.1' } });
  expect(await read(server, id)).toMatchObject({ prompt: 'Be brief.', modelSettings: { temperature: 0.1 } });
});

test('another mode takes its own default prompt, unless a prompt is given with it; the same mode keeps the prompt', async () => {
  await using server = await startTestServer();
  const { id } = await created(server, CHOSEN);
  expect(await updated(server, id, { mode: 'ALL' })).toEqual(CHOSEN);
  const sliding = { ...CHOSEN, mode: 'SLIDING_WINDOW', prompt: defaultPrompt('SLIDING_WINDOW') };
  expect(await updated(server, id, { mode: 'SLIDING_WINDOW' })).toEqual(sliding);
  const both = { mode: 'SELF_COMPACT_ALL', prompt: 'Be long.' } as const;
  expect(await updated(server, id, both)).toEqual({ ...CHOSEN, ...both });
});

const bad: [settings: CompactionSettingsInput, field: string][] = [
  [{ model: 'nobody/nothing' }, 'model'],
  [{ model: '' }, 'model'],
  [{ modelSettings: { temperature: 3 } }, 'modelSettings.temperature'],
  [{ prompt: ' \n' }, 'prompt'],
  [{ prompt: 'a\0' }, 'prompt'],
  [{ clipChars: 0 }, 'clipChars'],
  [{ slidingWindowPercentage: 0 }, 'slidingWindowPercentage'],
  [{ slidingWindowPercentage: 1.01 }, 'slidingWindowPercentage'],
  [{ mode: null }, 'mode'],
  [{ prompt: null }, 'prompt'],
  [{ slidingWindowPercentage: null }, 'slidingWindowPercentage'],
  [{ promptAcknowledgement: null }, 'promptAcknowledgement'],
];

test('bad settings are refused with their path, and nothing is written', async () => {
  await using server = await startTestServer();
  const { id } = await created(server, CHOSEN);
  const count = await server.deps.db.agent.count({ where: { organizationId: server.viewer.organizationId } });
  for (const [settings, field] of bad) {
    const path = ['compactionSettings', ...field.split('.')];
    const ofCreate = only(await create(server, settings), 'InvalidInputError');
    expect(ofCreate.issues, JSON.stringify(settings)).toMatchObject([{ path }]);
    const ofUpdate = only(await update(server, id, settings), 'InvalidInputError');
    expect(ofUpdate.issues, JSON.stringify(settings)).toMatchObject([{ path }]);
  }
  const { issues } = only(await update(server, id, null), 'InvalidInputError');
  expect(issues).toMatchObject([{ path: ['compactionSettings'] }]);
  expect(await read(server, id)).toEqual(CHOSEN);
  expect(await server.deps.db.agent.count({ where: { organizationId: server.viewer.organizationId } })).toBe(count);
  expect(await update(server, newId('Agent'), {})).toMatchObject({ __typename: 'NotFoundError' });
});

test('of updates at once each one’s fields are kept', async () => {
  await using server = await startTestServer();
  const { id } = await created(server, null);
  const { mode: _mode, ...fields } = CHOSEN;
  await Promise.all(Object.entries(fields).map(([field, value]) => updated(server, id, { [field]: value })));
  expect(await read(server, id)).toEqual({ ...CHOSEN, mode: 'SLIDING_WINDOW' });
});
