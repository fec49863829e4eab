import { expect, test } from 'vitest';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { approve, decide } from '../../harness/decisions.ts';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send } from '../../harness/talk.ts';
import { startWaiting } from '../../harness/waiting.ts';
import { conversationOf, lastBody, calls } from '../../harness/summaries.ts';

const usage = (cached_tokens: number) => ({
  usage: { prompt_tokens: 900, completion_tokens: 5, total_tokens: 905, prompt_tokens_details: { cached_tokens } },
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

test('settings that were made for one summariser are not sent to another', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const compactionSettings = { mode: 'ALL', model: 'openai/other', modelSettings: { temperature: 0.5 } } as const;
  const conversationId = await conversationOf(server, { compactionSettings });
  await compact(server, { conversationId, settings: { model: 'openai/third' } });
  expect(lastBody(server)).toMatchObject({ model: 'third' });
  expect(lastBody(server)).not.toHaveProperty('temperature');
  await captureExchanges(server, conversationId, 6);
  await compact(server, { conversationId, settings: { model: 'other' } });
  expect(lastBody(server)).toMatchObject({ model: 'other', temperature: 0.5 });
  // Its provider is not configured any more, so another model summarises.
  const gone = { ...compactionSettings, model: 'gone/other' };
  const { organizationId } = server.viewer;
  await db.agent.updateMany({ where: { organizationId, name: 'Ada' }, data: { compactionSettings: gone } });
  await captureExchanges(server, conversationId, 6);
  await compact(server, { conversationId });
  expect(lastBody(server)).toMatchObject({ model: 'test' });
  expect(lastBody(server)).not.toHaveProperty('temperature');
});

test('a model that is not configured is refused, and no run is made', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server);
  const answer = await tryCompact(server, { conversationId, settings: { model: 'nobody/nothing' } });
  expect(only(answer, 'InvalidInputError').message).toContain('settings.model');
  expect(await server.deps.db.run.count({ where: { organizationId: server.viewer.organizationId } })).toBe(0);
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

test('a transcript has each call of a step once, those that were decided and those of the server', async () => {
  await using waiting = await startWaiting('guarded', 'plain');
  const { server, conversationId, runId } = waiting;
  server.model.answers('Done.');
  await decide(server, runId, { guarded: approve });
  await runEvents(server, runId);
  await compact(server, { conversationId, settings: { mode: 'ALL' } });
  const transcript = server.model.requests.at(-1)!.body.messages.at(-1)?.content ?? '';
  const called = transcript.split('\n').filter((line) => line.startsWith('assistant calls'));
  expect(called).toEqual([
    'assistant calls plain: {"amount":0}',
    'assistant calls guarded: {"amount":0}',
    'assistant calls plain: {"amount":1}',
  ]);
});
