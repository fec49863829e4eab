import { expect, test } from 'vitest';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import type { CompactionMode, CreateAgentInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { startFakeOpenAi, type FakeRequest, type Part } from '../../harness/fake-openai.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

/** Creates an agent, and returns its conversation with so many exchanges in it. */
async function conversationOf(server: TestServer, input: Partial<CreateAgentInput> = {}, exchanges = 6) {
  const { createAgent } = await server.execute(CREATE_AGENT, { input: { name: 'Ada', ...input } });
  const { defaultConversation } = only(createAgent, 'CreateAgentPayload').agent;
  await captureExchanges(server, defaultConversation.id, exchanges);
  return defaultConversation.id;
}

const lastBody = ({ model }: TestServer) => model.requests.at(-1)!.body;

/** A request without its messages from a place on. */
const prefixOf = ({ messages, ...rest }: FakeRequest['body'], length: number) =>
  JSON.stringify({ ...rest, messages: messages.slice(0, length) });

test.for(['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const)(
  'what %s sends begins with the last call of the agent, byte for byte, as far as that leaves the context',
  async (mode) => {
    await using server = await startTestServer(new Map([testTool('lookup')]));
    const conversationId = await conversationOf(server, {
      modelSettings: { temperature: 0.3, maxOutputTokens: 700, parallelToolCalls: true },
      blocks: [{ label: 'human', value: 'Likes Latin.' }],
    });
    server.model.answers('Let me see.', { toolCall: { name: 'lookup', arguments: { amount: 3 } } });
    server.model.answers({ reasoning: 'Easy.' }, 'It is three.');
    await send(server, { conversationId, messages: [{ text: 'How many?', name: 'Bob' }], wait: true });
    const agents = lastBody(server);
    server.model.answers('They spoke.');
    const done = await compact(server, { conversationId, settings: { mode } });
    expect(done.summaryMessage?.compaction?.modeUsed).toBe(mode);
    const own = lastBody(server);
    const shared = own.messages.findIndex(
      (message, index) => JSON.stringify(message) !== JSON.stringify(agents.messages[index]),
    );
    expect(prefixOf(own, shared)).toBe(prefixOf(agents, shared));
    expect(own.messages.slice(shared)).toEqual([
      ...(mode === 'SELF_COMPACT_ALL' ? [{ role: 'assistant', content: 'It is three.' }] : []),
      { role: 'user', content: defaultPrompt(mode) },
    ]);
    if (mode === 'SELF_COMPACT_ALL') expect(shared).toBe(agents.messages.length);
    else expect(shared).toBeGreaterThan(4);
    expect(own.tools?.map((tool) => tool.function.name)).toContain('lookup');
  },
);

const fails: Part[] = [{ status: 500 }];
const blank: Part[] = [' \n'];
const calls: Part[] = ['I will look.', { toolCall: { name: 'lookup', arguments: {} } }];

test.for<[mode: CompactionMode, failures: Part[][], modeUsed: CompactionMode]>([
  ['SELF_COMPACT_ALL', [calls], 'SELF_COMPACT_SLIDING_WINDOW'],
  ['SELF_COMPACT_ALL', [blank, fails], 'ALL'],
  ['SELF_COMPACT_SLIDING_WINDOW', [calls], 'ALL'],
  ['SLIDING_WINDOW', [fails], 'ALL'],
])('%s falls back after %j, and the stats say to what: %s', async ([mode, failures, modeUsed]) => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await conversationOf(server);
  for (const parts of failures) server.model.answers(...parts);
  server.model.answers('They spoke.');
  const done = await compact(server, { conversationId, settings: { mode } });
  expect(done).toMatchObject({ summary: 'They spoke.', summaryMessage: { compaction: { modeUsed } } });
  expect(done.messagesAfter).toBeLessThan(done.messagesBefore);
  const told = modeUsed === 'ALL' ? lastBody(server).messages[0] : lastBody(server).messages.at(-1);
  expect(told?.content).toBe(defaultPrompt(modeUsed));
  expect(server.model.requests).toHaveLength(failures.length + 1);
  expect(await probeQuiet(server)).toEqual([]);
});

test('when every way fails nothing has changed, and the same can be asked for again', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await conversationOf(server);
  const settings = { mode: 'SELF_COMPACT_ALL' } as const;
  for (const parts of [calls, blank, fails]) server.model.answers(...parts);
  only(await tryCompact(server, { conversationId, wait: true, settings }), 'CompactionFailedError');
  server.model.answers('They spoke.');
  expect(await compact(server, { conversationId, settings })).toMatchObject({ messagesBefore: 13, messagesAfter: 2 });
  expect(await probeQuiet(server)).toEqual([]);
});

test('a summary that is longer than it may be is cut, with a mark that ends it; without a limit it is whole', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server, { compactionSettings: { mode: 'ALL', clipChars: 100 } });
  server.model.answers('é👋'.repeat(60));
  const { summary } = await compact(server, { conversationId });
  expect(summary).toBe(`${'é👋'.repeat(50)}\n[cut off: 20 of 120 characters are missing]`);
  await send(server, { conversationId, text: 'And?', wait: true });
  expect(lastBody(server).messages[1]?.content).toContain(summary);
  await captureExchanges(server, conversationId, 2);
  server.model.answers('é👋'.repeat(60));
  const whole = await compact(server, { conversationId, settings: { clipChars: null } });
  expect(whole.summary).toBe('é👋'.repeat(60));
});

test('the acknowledgement stands before the transcript when it is asked for', async () => {
  await using server = await startTestServer();
  for (const promptAcknowledgement of [false, true]) {
    const conversationId = await conversationOf(server, { compactionSettings: { promptAcknowledgement } });
    await compact(server, { conversationId });
    const roles = lastBody(server).messages.map(({ role }) => role);
    expect(roles).toEqual(promptAcknowledgement ? ['system', 'assistant', 'user'] : ['system', 'user']);
  }
});

test('the summariser has a model, a prompt and settings of its own, and those of the agent stay what they were', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server, {
    modelSettings: { temperature: 1, maxOutputTokens: 700 },
    compactionSettings: {
      mode: 'ALL',
      model: 'openai/other',
      modelSettings: { temperature: 0, maxOutputTokens: 99 },
      prompt: 'Sum it up.',
    },
  });
  server.model.answers('They spoke.');
  await compact(server, { conversationId });
  expect(lastBody(server)).toMatchObject({ model: 'other', temperature: 0, max_tokens: 99 });
  expect(lastBody(server).tools).toBeUndefined();
  expect(lastBody(server).messages[0]).toEqual({ role: 'system', content: 'Sum it up.' });
  await send(server, { conversationId, text: 'And?', wait: true });
  expect(lastBody(server)).toMatchObject({ model: 'test', temperature: 1, max_tokens: 700 });
});

test('what a request sets stands over what the agent has, field by field, for that once', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server, {
    compactionSettings: { mode: 'ALL', model: 'openai/other', prompt: 'Sum it up.', promptAcknowledgement: true },
  });
  const settings = { modelSettings: { temperature: 0.5 } };
  const done = await compact(server, { conversationId, settings });
  expect(done.summaryMessage?.compaction?.modeUsed).toBe('ALL');
  expect(lastBody(server)).toMatchObject({
    model: 'other',
    temperature: 0.5,
    messages: [{ role: 'system', content: 'Sum it up.' }, { role: 'assistant' }, { role: 'user' }],
  });
  await captureExchanges(server, conversationId, 6);
  const other = await compact(server, { conversationId, settings: { mode: 'SLIDING_WINDOW', model: 'openai/third' } });
  expect(other.summaryMessage?.compaction?.modeUsed).toBe('SLIDING_WINDOW');
  expect(lastBody(server)).toMatchObject({
    model: 'third',
    messages: [{ content: defaultPrompt('SLIDING_WINDOW') }, { role: 'assistant' }, { role: 'user' }],
  });
  expect(lastBody(server)).not.toHaveProperty('temperature');
  await captureExchanges(server, conversationId, 6);
  await compact(server, { conversationId });
  expect(lastBody(server)).toMatchObject({ model: 'other', messages: [{ content: 'Sum it up.' }, {}, {}] });
});

test('a model that is not configured is refused, and no run is made', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server);
  const answer = await tryCompact(server, { conversationId, settings: { model: 'nobody/nothing' } });
  expect(only(answer, 'InvalidInputError').message).toContain('settings.model');
  expect(await server.deps.db.run.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);
});

const usage = (cached_tokens: number) => ({
  usage: { prompt_tokens: 900, completion_tokens: 5, total_tokens: 905, prompt_tokens_details: { cached_tokens } },
});

test('the run tells what all calls used, cached tokens among it', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await captureExchanges(server, conversationId, 6);
  server.model.answers(...calls, usage(800));
  server.model.answers('They spoke.', usage(64));
  const { run } = await compact(server, { conversationId, settings: { mode: 'SELF_COMPACT_ALL' } });
  expect(run.usage).toEqual({ promptTokens: 1800, cachedInputTokens: 864 });
});

test("a transcript that is larger than the summariser's window is summarised in parts", async () => {
  await using small = await startFakeOpenAi();
  small.enforcesWindow(2000);
  const models = [{ name: 'small', contextWindow: 2000 }];
  await using server = await startOwnServer({
    PROVIDERS: JSON.stringify([{ name: 'local', baseUrl: small.baseUrl, models }]),
  });
  const EXCHANGES = 40;
  const compactionSettings = { mode: 'ALL', model: 'local/small' } as const;
  const conversationId = await conversationOf(server, { compactionSettings }, EXCHANGES);
  small.responds(() => [`Summary ${small.requests.length}.`]);
  const done = await compact(server, { conversationId });
  const parts = small.requests.map(({ body }) => body.messages.at(-1)?.content ?? '');
  expect(parts.length).toBeGreaterThan(3);
  expect(done).toMatchObject({ summary: `Summary ${parts.length}.`, messagesAfter: 2 });
  for (const [index, part] of parts.entries()) if (index > 0) expect(part).toContain(`Summary ${index}.`);
  for (let number = 1; number <= EXCHANGES; number++)
    expect(parts.filter((part) => part.includes(`Question ${number}:`))).toHaveLength(1);
  expect(server.model.requests).toEqual([]);
  expect(await probeQuiet(server)).toEqual([]);
});

const CREATE_AGENT = graphql(`
  mutation CreateAgentToCompact($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          defaultConversation {
            id
          }
        }
      }
    }
  }
`);
