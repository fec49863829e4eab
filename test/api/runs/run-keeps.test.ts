import { expect, test } from 'vitest';
import { takeAway } from '../../durability/mid-answer.ts';
import { UPDATE as UPDATE_AGENT } from '../../harness/agents.ts';
import { createBlockAgent, updateBlock } from '../../harness/blocks.ts';
import { UPDATE as UPDATE_CONVERSATION } from '../../harness/conversations.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact } from '../../harness/compact.ts';
import { decide, result } from '../../harness/decisions.ts';
import type { FakeRequest } from '../../harness/fake-openai.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { runEvents, send } from '../../harness/talk.ts';
import { attach, createTool, detach, updateTool } from '../../harness/tools.ts';

const weather = { toolCall: { name: 'get_weather', arguments: { city: 'Oslo' } } };

/** What a request says beside the messages that follow the system prompt. */
function frameOf({ body: { messages, ...rest } }: FakeRequest) {
  return { system: messages[0]?.content, ...rest };
}

/** An agent with a tool that its client runs, and how to change everything about it. */
async function startSettled() {
  const server = await startTestServer();
  const { id: agentId, blocks, defaultConversation } = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = defaultConversation.id;
  const tool = await createTool(server);
  await attach(server, agentId, tool.id);
  await server.execute(UPDATE_AGENT, {
    input: { id: agentId, model: 'first', modelSettings: { temperature: 0.1, reasoningEffort: 'LOW' } },
  });
  const changes: Record<string, () => Promise<unknown>> = {
    'the agent': () =>
      server.execute(UPDATE_AGENT, {
        input: {
          id: agentId,
          model: 'later',
          modelSettings: { temperature: 0.9 },
          system: 'Be long.',
          toolRules: [{ maxCountPerRun: { toolName: 'get_weather', limit: 1 } }],
        },
      }),
    'the conversation': () =>
      server.execute(UPDATE_CONVERSATION, {
        input: { id: conversationId, model: 'later', modelSettings: { temperature: 0.9 } },
      }),
    'the tools': async () => {
      await attach(server, agentId, (await createTool(server, { name: 'other' })).id);
      await updateTool(server, { id: tool.id, description: 'Says nothing.', parameters: { type: 'object' } });
    },
    'what tools it has': () => detach(server, agentId, tool.id),
  };
  return {
    server,
    agentId,
    blockId: blocks[0]!.id,
    conversationId,
    changes,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The frames of the run's first and last request, and of that of the next run. */
async function framesOf(server: TestServer, conversationId: string) {
  const { requests } = server.model;
  const [first, last] = [requests[0]!, requests.at(-1)!];
  await send(server, { conversationId, text: 'And now?', wait: true });
  return [first, last, requests.at(-1)!].map(frameOf);
}

const parts = ['the agent', 'the conversation', 'the tools', 'what tools it has'];

test.each(parts)(
  'a run that waits keeps what it began with when %s is changed; the next one has the change',
  async (part) => {
    await using settled = await startSettled();
    const { server, conversationId, changes } = settled;
    server.model.answers(weather);
    const { id } = await send(server, { conversationId, text: 'Rain?', wait: true });
    await changes[part]!();
    await decide(server, id, { get_weather: result('Rain.') });
    await runEvents(server, id);
    const [first, last, next] = await framesOf(server, conversationId);
    expect(last).toEqual(first);
    expect(next).not.toEqual(first);
    expect(await probe(server)).toEqual([]);
  },
);

test.each(parts)('a run whose worker is lost keeps what it began with when %s is changed', async (part) => {
  await using settled = await startSettled();
  const { server, conversationId, changes } = settled;
  server.model.holdCalls();
  const { id } = await send(server, { conversationId, text: 'Hi' });
  await server.model.nextCall();
  await changes[part]!();
  await takeAway(server.deps, id);
  (await server.model.nextCall()).stops();
  await runEvents(server, id);
  const { requests } = server.model;
  expect(frameOf(requests[1]!)).toEqual(frameOf(requests[0]!));
});

test('a run that is queued begins with what holds when it starts', async () => {
  await using settled = await startSettled();
  const { server, conversationId, changes } = settled;
  server.model.holdCalls();
  const running = await send(server, { conversationId, text: '1' });
  const call = await server.model.nextCall();
  await send(server, { conversationId, text: '2', onBusy: 'ENQUEUE' });
  for (const part of parts) await changes[part]!();
  call.stops();
  await runEvents(server, running.id);
  const next = await server.model.nextCall();
  expect(frameOf(next.request)).toMatchObject({ model: 'later', system: expect.stringContaining('Be long.') });
  next.stops();
});

test('a compaction inside a run shows what memory has become, under the instructions that the run began with', async () => {
  await using settled = await startSettled();
  const { server, agentId, blockId, conversationId } = settled;
  await captureExchanges(server, conversationId, 6);
  server.model.answers(weather);
  const { id } = await send(server, { conversationId, text: 'Rain?', wait: true });
  await updateBlock(server, { id: blockId, value: 'Grace' });
  const compactionSettings = { prompt: 'Sum it up in Latin.' };
  await server.execute(UPDATE_AGENT, { input: { id: agentId, system: 'Be long.', compactionSettings } });
  server.model.answers({ status: 400, body: { error: { message: 'too long', code: 'context_length_exceeded' } } });
  server.model.answers('They asked.');
  await decide(server, id, { get_weather: result('Rain.') });
  await runEvents(server, id);
  const [first, , summary, last] = server.model.requests.map(({ body }) => body.messages[0]?.content ?? '');
  expect(summary).not.toContain('Latin');
  expect(last).toBe(first?.replace('Ada', 'Grace').replace('chars_current=3', 'chars_current=5'));
  await send(server, { conversationId, text: 'And now?', wait: true });
  expect(server.model.requests.at(-1)?.body.messages[0]?.content).toContain('Be long.');
});

test('a compaction that is requested while a run waits leaves it the instructions that it began with', async () => {
  await using settled = await startSettled();
  const { server, agentId, blockId, conversationId } = settled;
  await captureExchanges(server, conversationId, 6);
  server.model.answers(weather);
  const { id } = await send(server, { conversationId, text: 'Rain?', wait: true });
  await updateBlock(server, { id: blockId, value: 'Grace' });
  await server.execute(UPDATE_AGENT, { input: { id: agentId, system: 'Be long.' } });
  await compact(server, { conversationId });
  await decide(server, id, { get_weather: result('Rain.') });
  await runEvents(server, id);
  const prompts = server.model.requests.map(({ body }) => body.messages[0]?.content ?? '');
  expect(prompts.at(-1)).toBe(prompts[0]?.replace('Ada', 'Grace').replace('chars_current=3', 'chars_current=5'));
  expect(await probe(server)).toEqual([]);
});
