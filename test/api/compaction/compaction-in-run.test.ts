import { expect, test } from 'vitest';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { isSummary, smallAgent, WINDOW } from '../../harness/small-agent.ts';
import { history, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';

const LONG = 'lorem ipsum dolor '.repeat(10);

test('a context that a step leaves over 90 % of the window full is compacted before the run ends, and the next one sees it', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 4; count++) {
    server.model.answers(`Answer ${count}.`);
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  }
  server.model.answers('A long one.', { usage: { prompt_tokens: 1800, completion_tokens: 10, total_tokens: 1810 } });
  server.model.answers('They asked and answered.');
  const run = await send(server, { conversationId, text: 'Really?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  const types = typesOf(await runEvents(server, run.id));
  const facts = types.filter((type) => !type.endsWith('Delta'));
  expect(facts.slice(2)).toEqual([
    'RunStarted',
    'MessageAdded',
    'CompactionStarted',
    'MessageAdded',
    'CompactionFinished',
    'RunFinished',
  ]);
  await send(server, { conversationId, text: 'How was it?', wait: true });
  const { content } = await server.deps.db.message.findFirstOrThrow({
    where: { organizationId: server.viewer.organizationId, kind: 'SUMMARY' },
  });
  expect(content).toMatchObject({ stats: { trigger: 'POST_STEP', contextWindow: WINDOW } });
  const prompt = server.model.requests.at(-1)?.body.messages ?? [];
  expect(prompt.at(-1)).toEqual({ role: 'user', content: 'How was it?' });
  expect(JSON.stringify(prompt)).toContain('They asked and answered.');
  expect(await readRun(server, run.id)).toMatchObject({ stepCount: 1 });
  expect(await probe(server)).toEqual([]);
});

test('what a run with a system prompt of its own has taken is no measure for the next one', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  await send(server, { conversationId, text: `Question: ${LONG}`, wait: true });
  server.model.answers('Aye.', { usage: { prompt_tokens: 1690, completion_tokens: 10, total_tokens: 1700 } });
  await send(server, { conversationId, text: 'Really?', wait: true, system: 'Be a pirate. '.repeat(400) });
  await send(server, { conversationId, text: `And: ${LONG.repeat(3)}`, wait: true });
  expect(
    await server.deps.db.message.count({ where: { organizationId: server.viewer.organizationId, kind: 'SUMMARY' } }),
  ).toBe(0);
});

test('a prompt that the provider refuses as too long is made shorter, and what is being answered stays in it', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 3; count++)
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  server.model.answers({ status: 400, body: refusal });
  server.model.answers('They talked.');
  server.model.answers('There you are.');
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(server.model.requests.at(-1)?.body.messages.at(-1)).toEqual({ role: 'user', content: 'Now answer this.' });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.at(-1)).toMatchObject({ text: 'There you are.' });
  expect(await probe(server)).toEqual([]);
});

test('a provider that goes on refusing is asked four times, then the run fails, and the conversation goes on', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (let count = 0; count < 12; count++)
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  const before = server.model.requests.length;
  server.model.responds((body) => (isSummary(body) ? ['Short.'] : [{ status: 400, body: refusal }]));
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' } });
  const asked = server.model.requests
    .slice(before)
    .filter(({ body }) => body.messages.at(-1)?.content === 'Now answer this.');
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThanOrEqual(4);
  server.model.responds(() => ['Fine again.']);
  expect((await send(server, { conversationId, text: 'And now?', wait: true })).status).toBe('COMPLETED');
  expect(await probe(server)).toEqual([]);
});

test('a system prompt that fills the window alone fails the run with a reason of its own', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server, { contextWindow: 1000, system: 'Be good. '.repeat(1000) });
  const refusal = { error: { message: 'too long', code: 'context_length_exceeded' } };
  server.model.responds(() => [{ status: 400, body: refusal }]);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT',
    error: { code: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT' },
  });
});
