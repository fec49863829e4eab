import { expect, test } from 'vitest';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import { createTask, modelError, scriptModel, toolStep, user } from './compaction-task.ts';
import { run, talk, ids } from './talk.ts';

test('self modes: the agent makes its own call, with one more message at its end', async () => {
  const agent = scriptModel();
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const context = [...talk(2), ...toolStep('s1'), ...talk(2), user('now', 'And now?', true)];
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, tools, context });
  const { evicted, modeUsed } = await run(task);
  expect(modeUsed).toBe('SELF_COMPACT_ALL');
  expect(evicted).toEqual(ids(context.slice(0, -1)));
  const [request] = agent.requests;
  expect(request).toMatchObject({ tools, settings: { temperature: 0.5 } });
  const sent = [task.system, ...buildPrompt(context, new Map())];
  expect(JSON.stringify(request?.messages.slice(0, -1))).toBe(JSON.stringify(sent.slice(0, -1)));
  expect(request?.messages.at(-1)).toEqual({ role: 'user', text: defaultPrompt('SELF_COMPACT_ALL') });
});

test("self modes: a summary is not asked for in the form of the agent's answers", async () => {
  const agent = scriptModel();
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, context: talk(3) });
  await run({ ...task, agent: { ...task.agent, settings: { topP: 0.5, responseFormat: { type: 'JSON_OBJECT' } } } });
  expect(agent.requests[0]?.settings).toEqual({ topP: 0.5, responseFormat: null });
});

test('self sliding: the agent is shown what leaves', async () => {
  const agent = scriptModel();
  const context = talk(10);
  const settings = { mode: 'SELF_COMPACT_SLIDING_WINDOW' as const, prompt: 'Be brief.' };
  const { evicted } = await run(await createTask({ settings, agent, contextWindow: 100_000, context }));
  expect(evicted).toHaveLength(6);
  expect(agent.requests[0]?.messages.map(({ text }) => text.slice(0, 2))).toEqual([
    'Yo',
    'u0',
    'a0',
    'u1',
    'a1',
    'u2',
    'a2',
    'Be',
  ]);
});

test('self all falls back to self sliding, and that to all, each with its prompt and with what it takes to be a failure', async () => {
  const toolCalls = [{ id: '1', name: 'look', arguments: '{}' }];
  const agent = scriptModel((_request, index) =>
    index === 0 ? { toolCalls, finishReason: 'TOOL_CALLS' } : { text: ' \n' },
  );
  const summariser = scriptModel();
  const task = await createTask({ settings: { mode: 'SELF_COMPACT_ALL' }, agent, summariser, context: talk(10) });
  const { modeUsed, evicted } = await run(task);
  expect(modeUsed).toBe('ALL');
  expect(evicted).toHaveLength(20);
  expect(agent.requests.map(({ messages }) => messages.at(-1)?.text)).toEqual([
    defaultPrompt('SELF_COMPACT_ALL'),
    defaultPrompt('SELF_COMPACT_SLIDING_WINDOW'),
  ]);
  expect(summariser.requests[0]?.messages[0]?.text).toBe(defaultPrompt('ALL'));
});

test('a prompt that somebody chose holds in the mode that is fallen back to', async () => {
  const summariser = scriptModel((_request, index) =>
    index === 0 ? modelError('LLM_BAD_REQUEST') : { text: 'Short.' },
  );
  await run(await createTask({ settings: { prompt: 'Be brief.' }, summariser, context: talk(10) }));
  expect(summariser.requests.map(({ messages }) => messages[0]?.text)).toEqual(['Be brief.', 'Be brief.']);
});
