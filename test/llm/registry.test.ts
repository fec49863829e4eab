import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createModels } from '../../src/llm/registry.ts';
import { startFakeAnthropic } from '../harness/fake-anthropic.ts';
import { startFakeOpenAi } from '../harness/fake-openai.ts';

const LOCAL = {
  name: 'local',
  baseUrl: 'http://127.0.0.1:1/v1',
  models: [
    { name: 'meta/llama-4', contextWindow: 8000 },
    { name: 'tiny', contextWindow: 500 },
  ],
};

test('without any provider there is the offline model', async () => {
  await using models = await modelsOf({});
  expect(models.list().map(({ handle }) => handle)).toEqual(['offline/parley']);
  expect(models.defaultHandle).toBe('offline/parley');
  expect(models.resolve('openai/gpt-5')).toBeUndefined();
  const question = { messages: [{ role: 'user' as const, text: 'Count to 2' }], tools: [], settings: {} };
  const reply = await models.resolve('offline/parley')!.reply(question, () => {}, new AbortController().signal);
  expect(reply.text).toBe('1, 2');
});

test('OpenAI lists what is built in, and resolves every other name', async () => {
  await using models = await modelsOf({ OPENAI_API_KEY: 'sk-x' });
  expect(models.defaultHandle).toBe('openai/gpt-5-mini');
  expect(models.resolve(models.defaultHandle)).toMatchObject({
    provider: 'openai',
    name: 'gpt-5-mini',
    contextWindow: 400_000,
  });
  expect(models.resolve('openai/gpt-99')).toMatchObject({ handle: 'openai/gpt-99', contextWindow: 128_000 });
  expect(models.list()).toContain(models.resolve('openai/gpt-5'));
  expect(models.list().map(({ provider }) => provider)).not.toContain('offline');
});

test('a handle is split at its first slash, and a bare name is one of openai', async () => {
  await using models = await modelsOf({ OPENAI_API_KEY: 'sk-x', PROVIDERS: JSON.stringify([LOCAL]) });
  expect(models.resolve('local/meta/llama-4')).toMatchObject({
    provider: 'local',
    name: 'meta/llama-4',
    contextWindow: 8000,
  });
  expect(models.resolve('gpt-5')).toBe(models.resolve('openai/gpt-5'));
  expect(models.resolve('openai/org/tuned')).toMatchObject({ name: 'org/tuned' });
  for (const handle of ['', '/', '/gpt-5', 'openai/', 'local/', 'local/other', 'elsewhere/tiny', 'tiny/'])
    expect([handle, models.resolve(handle)]).toEqual([handle, undefined]);
});

test('a model of openai has a visible name', async () => {
  await using models = await modelsOf({ OPENAI_API_KEY: 'sk-x' });
  for (const blank of [' ', '\t', '\u00a0', '\u200b', '\u2060', '\u3164', '\u2800', '\ufeff'])
    for (const handle of [blank, `openai/${blank}`, `${blank}/gpt-5`, `openai/gpt-5${blank}`, `openai/${blank}gpt-5`])
      expect([handle, models.resolve(handle)]).toEqual([handle, undefined]);
  await expect(modelsOf({ OPENAI_API_KEY: 'sk-x', DEFAULT_MODEL: 'openai/ ' })).rejects.toThrow('DEFAULT_MODEL');
});

test('a configured model has a visible name', () => {
  for (const name of ['', ' ', '\u200b', 'tiny ']) {
    const PROVIDERS = JSON.stringify([{ ...LOCAL, models: [{ name, contextWindow: 500 }] }]);
    expect(() => readConfig({ PROVIDERS }), JSON.stringify(name)).toThrow(/blank[^]*models\[0\].name/);
  }
});

test('a listed model is always the same object', async () => {
  await using models = await modelsOf({ PROVIDERS: JSON.stringify([LOCAL]) });
  expect(models.resolve('local/tiny')).toBe(models.resolve('local/tiny'));
  expect(models.list()).toEqual([models.resolve('local/meta/llama-4'), models.resolve('local/tiny')]);
});

test('the default is the one configured, else the first of the first provider', async () => {
  await using first = await modelsOf({ PROVIDERS: JSON.stringify([LOCAL]) });
  expect(first.defaultHandle).toBe('local/meta/llama-4');
  await using chosen = await modelsOf({ OPENAI_API_KEY: 'sk-x', DEFAULT_MODEL: 'gpt-4.1' });
  expect(chosen.defaultHandle).toBe('openai/gpt-4.1');
});

test('a default that does not exist is an error that lists what there is', async () => {
  await expect(modelsOf({ PROVIDERS: JSON.stringify([LOCAL]), DEFAULT_MODEL: 'local/huge' })).rejects.toThrow(
    'DEFAULT_MODEL is "local/huge", which is not among the models there are: local/meta/llama-4, local/tiny',
  );
  await expect(modelsOf({ DEFAULT_MODEL: 'gpt-5' })).rejects.toThrow('offline/parley');
});

test('openai cannot be configured twice', async () => {
  const PROVIDERS = JSON.stringify([{ ...LOCAL, name: 'openai' }]);
  await expect(modelsOf({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', PROVIDERS })).rejects.toThrow(
    '"openai" is configured twice',
  );
  await using alone = await modelsOf({ PROVIDERS });
  expect(alone.resolve('tiny')?.handle).toBe('openai/tiny');
});

test('Anthropic lists what is built in with windows, and resolves every other name', async () => {
  await using models = await modelsOf({ ANTHROPIC_API_KEY: 'sk-ant-x' });
  expect(models.defaultHandle).toBe('anthropic/claude-sonnet-5-5');
  expect(models.list()).toContain(models.resolve('anthropic/claude-haiku-5-5'));
  expect(models.resolve('anthropic/claude-haiku-5-5')).toMatchObject({ contextWindow: 1_000_000 });
  expect(models.resolve('anthropic/claude-9')).toMatchObject({ handle: 'anthropic/claude-9', contextWindow: 200_000 });
  const PROVIDERS = JSON.stringify([{ ...LOCAL, name: 'anthropic' }]);
  await expect(modelsOf({ ANTHROPIC_API_KEY: 'sk-ant-x', PROVIDERS })).rejects.toThrow('by ANTHROPIC_API_KEY or');
});

test('an entry of PROVIDERS says which API it speaks', async () => {
  await using fake = await startFakeAnthropic();
  const entry = { ...LOCAL, api: 'anthropic', baseUrl: `${fake.baseUrl}/v1`, apiKey: 'den' };
  await using models = await modelsOf({ PROVIDERS: JSON.stringify([entry]) });
  const question = { messages: [{ role: 'user' as const, text: 'hi' }], tools: [], settings: { temperature: 0.5 } };
  const reply = await models.resolve('local/tiny')!.reply(question, () => {}, new AbortController().signal);
  expect(reply.text).toBe('ok');
  expect(fake.requests[0]).toMatchObject({ body: { model: 'tiny', max_tokens: 125 }, headers: { 'x-api-key': 'den' } });
  expect(() => readConfig({ PROVIDERS: JSON.stringify([{ ...LOCAL, api: 'telepathy' }]) })).toThrow(/api/);
});

test('a server at OPENAI_BASE_URL needs no key', async () => {
  await using fake = await startFakeOpenAi();
  await using models = await modelsOf({ OPENAI_BASE_URL: fake.baseUrl });
  const question = { messages: [{ role: 'user' as const, text: 'hi' }], tools: [], settings: {} };
  const reply = await models.resolve('qwen3')!.reply(question, () => {}, new AbortController().signal);
  expect(reply.text).toBe('ok');
  expect(fake.requests[0]?.body.model).toBe('qwen3');
});

test('GEMINI_API_KEY brings the models of Google with their windows, and any other name resolves', async () => {
  await using models = await modelsOf({ GEMINI_API_KEY: 'x' });
  expect(models.defaultHandle).toBe('gemini/gemini-3.8-flash');
  const windows = models.list().map(({ provider, contextWindow }) => [provider, contextWindow]);
  expect(windows.filter(([provider, window]) => provider !== 'gemini' || window !== 1_048_576)).toEqual([]);
  expect(models.resolve('gemini/gemini-99-pro')).toMatchObject({ name: 'gemini-99-pro', contextWindow: 1_048_576 });
  expect(models.list()).toContain(models.resolve('gemini/gemini-3.8-flash'));
});

test('a configured provider stays the default beside GEMINI_API_KEY, and cannot have its name', async () => {
  await using models = await modelsOf({ GEMINI_API_KEY: 'x', PROVIDERS: JSON.stringify([LOCAL]) });
  expect(models.defaultHandle).toBe('local/meta/llama-4');
  const PROVIDERS = JSON.stringify([{ ...LOCAL, name: 'gemini' }]);
  await expect(modelsOf({ GEMINI_API_KEY: 'x', PROVIDERS })).rejects.toThrow(
    'The provider "gemini" is configured twice: by GEMINI_API_KEY or GEMINI_BASE_URL, and in PROVIDERS.',
  );
});

function modelsOf(env: Record<string, string>) {
  return createModels(readConfig(env));
}

test.for<[string, Record<string, string>, 'input' | 'messages']>([
  ['OpenAI itself', { OPENAI_API_KEY: 'sk-x' }, 'input'],
  ['OpenAI itself, as configured', { OPENAI_API_KEY: 'sk-x', OPENAI_API: 'chat' }, 'messages'],
  ['OpenAI in a region', { OPENAI_BASE_URL: 'https://eu.api.openai.com/v1' }, 'input'],
  ['another endpoint', { OPENAI_BASE_URL: LOCAL.baseUrl }, 'messages'],
  ['another endpoint, as configured', { OPENAI_BASE_URL: LOCAL.baseUrl, OPENAI_API: 'responses' }, 'input'],
  ['a provider', { PROVIDERS: JSON.stringify([{ ...LOCAL, name: 'openai' }]) }, 'messages'],
  [
    'a provider, as configured',
    { PROVIDERS: JSON.stringify([{ ...LOCAL, name: 'openai', api: 'responses' }]) },
    'input',
  ],
])('%s is asked through the API that it has', async ([, environment, field]) => {
  await using models = await modelsOf(environment);
  const request = { messages: [{ role: 'user' as const, text: 'Hi' }], tools: [], settings: {} };
  expect(models.resolve('openai/tiny')?.preview(request)).toHaveProperty(field);
});

test('a model of OpenAI that does not reason is asked for no reasoning', async () => {
  await using models = await modelsOf({ OPENAI_API_KEY: 'sk-x' });
  const request = { messages: [{ role: 'user' as const, text: 'Hi' }], tools: [], settings: {} };
  expect(models.resolve('gpt-4.1')?.preview(request)).toEqual({
    model: 'gpt-4.1',
    input: [{ role: 'user', content: 'Hi' }],
    stream: true,
    store: false,
  });
});
