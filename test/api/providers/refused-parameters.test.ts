import { expect, test } from 'vitest';
import type { ModelSettingsInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import type { FakeRequest } from '../../harness/fake-openai.ts';
import { startOwnServer, type OwnServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send, textOf, typesOf } from '../../harness/talk.ts';

const STEPS = graphql(`
  query StepsWithoutSettings($runId: ID!) {
    run(id: $runId) {
      steps {
        leftOut
      }
    }
  }
`);

interface Refused {
  parameter: string;
  /** In the provider's words. */
  words: string;
  settings?: ModelSettingsInput;
  leftOut?: string[];
}

const refusals: Refused[] = [
  {
    parameter: 'stream_options',
    words: '{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}',
  },
  {
    parameter: 'parallel_tool_calls',
    words: "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
    settings: { parallelToolCalls: false },
  },
  {
    parameter: 'max_tokens',
    words: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    settings: { maxOutputTokens: 50 },
  },
  {
    parameter: 'temperature',
    words:
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
    settings: { temperature: 0.2 },
    leftOut: ['temperature'],
  },
  {
    parameter: 'top_p',
    words: 'Unknown name "top_p": Cannot find field.',
    settings: { topP: 0.5 },
    leftOut: ['topP'],
  },
  {
    parameter: 'reasoning_effort',
    words:
      "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
    settings: { reasoningEffort: 'MINIMAL' },
    leftOut: ['reasoningEffort'],
  },
  {
    parameter: 'response_format',
    words: 'This response_format type is unavailable now',
    settings: { responseFormat: { type: 'JSON_OBJECT' } },
    leftOut: ['responseFormat'],
  },
];

const refuse = (server: OwnServer, parameter: string, words: string) =>
  server.model.refuses((body: FakeRequest['body']) => (parameter in body ? words : undefined));

async function leftOutOf(server: OwnServer, runId: string) {
  const { run } = await server.execute(STEPS, { runId });
  return run?.steps.map(({ leftOut }) => leftOut);
}

test.for(refusals)(
  'a model that refuses $parameter is asked once more without it, and never again with it',
  async ({ parameter, words, settings: modelSettings = {}, leftOut = [] }) => {
    await using server = await startOwnServer({ MODEL_TRIES: '1' });
    const conversationId = await firstConversation(server);
    refuse(server, parameter, words);
    const first = await send(server, { conversationId, text: 'Hi', modelSettings, wait: true });
    expect(first.status).toBe('COMPLETED');
    expect(server.model.requests.map(({ body }) => parameter in body)).toEqual([true, false]);
    expect(typesOf(await runEvents(server, first.id))).not.toContain('StepRestarted');
    const second = await send(server, { conversationId, text: 'Again', modelSettings, wait: true });
    expect(server.model.requests).toHaveLength(3);
    for (const run of [first, second]) expect(await leftOutOf(server, run.id)).toEqual([leftOut]);
    expect(server.logged.lines.filter(({ lesson }) => lesson)).toHaveLength(1);
    if (parameter === 'max_tokens') expect(server.model.requests[2]?.body).toHaveProperty('max_completion_tokens', 50);
  },
);

test('one value of a parameter that is refused does not keep the others out', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  const { words } = refusals.find(({ parameter }) => parameter === 'reasoning_effort')!;
  server.model.refuses(({ reasoning_effort: effort }) => (effort === 'minimal' ? words : undefined));
  await send(server, { conversationId, text: 'Hi', modelSettings: { reasoningEffort: 'MINIMAL' }, wait: true });
  const run = await send(server, {
    conversationId,
    text: 'Hi',
    modelSettings: { reasoningEffort: 'HIGH' },
    wait: true,
  });
  expect(server.model.requests.at(-1)?.body).toHaveProperty('reasoning_effort', 'high');
  expect(await leftOutOf(server, run.id)).toEqual([[]]);
});

test('a value out of range fails the run with the words of the provider, and is not left out', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  refuse(server, 'temperature', 'temperature must be less than or equal to 1');
  const run = await send(server, { conversationId, text: 'Hi', modelSettings: { temperature: 1.5 }, wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    error: { message: expect.stringContaining('less than or equal to 1') },
  });
  expect(server.model.requests).toHaveLength(1);
});

test('a call that is refused all the same teaches nothing', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  server.model.refuses(() => 'Your message about top_p was flagged.');
  const modelSettings = { topP: 0.5 };
  expect((await send(server, { conversationId, text: 'Hi', modelSettings, wait: true })).status).toBe('FAILED');
  server.model.refuses(() => undefined);
  await send(server, { conversationId, text: 'Hi', modelSettings, wait: true });
  expect(server.model.requests.at(-1)?.body).toHaveProperty('top_p', 0.5);
});

test('a refusal in the middle of an answer is not answered by another call: its text was shown', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  const error = { code: 400, message: 'Unsupported parameter: top_p' };
  server.model.answers('half', { raw: `data: ${JSON.stringify({ error })}` });
  const run = await send(server, { conversationId, text: 'Hi', modelSettings: { topP: 0.5 }, wait: true });
  expect(run.status).toBe('FAILED');
  expect(server.model.requests).toHaveLength(1);
  expect(textOf(await runEvents(server, run.id))).toBe('half');
});
