import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createModels } from '../../../src/llm/registry.ts';
import { summariserOf } from '../../../src/worker/execution/compaction/summariser.ts';

const LOCAL = { name: 'local', baseUrl: 'http://127.0.0.1:9/v1', models: [{ name: 'llama', contextWindow: 8000 }] };

/** The handle of the summariser of an agent with this model. */
async function chosenBy(environment: Record<string, string>, agentModel: string, chosen: string | null = null) {
  await using models = await createModels(readConfig(environment));
  const model = models.resolve(agentModel) ?? expect.fail(`there is no ${agentModel}`);
  return summariserOf(models, { model: chosen }, model).handle;
}

const OPENAI = { OPENAI_API_KEY: 'test' };
const BOTH = { ...OPENAI, PROVIDERS: JSON.stringify([LOCAL]) };

test('by default a small model of OpenAI summarises for an agent on OpenAI', async () => {
  expect(await chosenBy(OPENAI, 'openai/gpt-5')).toBe('openai/gpt-5-mini');
  expect(await chosenBy(OPENAI, 'openai/unlisted')).toBe('openai/gpt-5-mini');
});

test('elsewhere the model of the agent does, also where a server only talks like OpenAI', async () => {
  expect(await chosenBy(BOTH, 'local/llama')).toBe('local/llama');
  expect(await chosenBy({ ...OPENAI, OPENAI_BASE_URL: LOCAL.baseUrl }, 'openai/gpt-5')).toBe('openai/gpt-5');
});

test('so it does where the small one is not among those that are configured', async () => {
  const only = { name: 'mine', baseUrl: 'https://api.openai.com/v1', models: [{ name: 'gpt-5', contextWindow: 9000 }] };
  expect(await chosenBy({ PROVIDERS: JSON.stringify([only]) }, 'mine/gpt-5')).toBe('mine/gpt-5');
});

test('one that was chosen does, of whichever provider, for as long as it is configured', async () => {
  expect(await chosenBy(BOTH, 'openai/gpt-5', 'local/llama')).toBe('local/llama');
  expect(await chosenBy(BOTH, 'local/llama', 'openai/gpt-4.1')).toBe('openai/gpt-4.1');
  expect(await chosenBy(BOTH, 'local/llama', 'gone/model')).toBe('local/llama');
  expect(await chosenBy(OPENAI, 'openai/gpt-5', 'gone/model')).toBe('openai/gpt-5-mini');
});
