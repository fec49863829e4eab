import { afterAll, beforeAll, expect, test } from 'vitest';
import { judges } from '../../harness/judges.ts';
import { oddTurns } from '../../harness/odd-turns.ts';
import { calls, startStrict, type Strict } from '../../harness/strict-endpoints.ts';
import { send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

/** The rows that are not named like their judge; `blind` has none. */
const choices: Record<string, object> = { anthropic: {}, blind: { switches: { images: false } } };
const names = Object.keys(judges);

let at: Strict;
beforeAll(async () => void (at = await startStrict(names, (name) => choices[name] ?? { dialect: name })));
afterAll(() => at[Symbol.asyncDispose]());

const cases = oddTurns.flatMap((turn) => names.map((name) => [turn.name, name, turn] as const));

test.for(cases)('after %s, %s answers the next message', async ([, name, turn]) => {
  for (const tool of ['look', 'wait']) at.tools.set(...testTool(tool));
  const conversationId = await at.talkTo(name);
  await turn.play(at, conversationId);
  const run = await send(at.server, { conversationId, text: 'And now?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', error: null });
  // Nothing was refused on the way either.
  expect(await at.server.deps.db.message.count({ where: { conversationId, isRefused: true } })).toBe(0);
});

const sentCalls = () => at.endpoint.requests.at(-1)?.body.messages.flatMap((message) => message.tool_calls ?? []);

test('what a provider gave with a call goes back to its model, in the same run and in later ones, and to no other', async () => {
  const extra = { extra_content: { google: { thought_signature: 'c2ln\0' } } };
  at.tools.set(...testTool('look'));
  const conversationId = await at.talkTo('gemini');
  at.endpoint.answers(calls('look', {}, { id: 'given-1', extra }));
  await send(at.server, { conversationId, text: 'Look!', wait: true });
  expect(sentCalls()).toMatchObject([{ id: 'given-1', ...extra }]);
  await send(at.server, { conversationId, text: 'And now?', wait: true });
  expect(sentCalls()).toMatchObject([{ id: 'given-1', ...extra }]);
  await send(at.server, { conversationId, text: 'Hello?', wait: true, model: 'at-openai/openai' });
  expect(JSON.stringify(sentCalls())).not.toMatch(/c2ln|given-1/);
});

test('the reasoning before a call goes back within the turn, to the model that wrote it', async () => {
  at.tools.set(...testTool('look'));
  const conversationId = await at.talkTo('deepseek');
  at.endpoint.answers({ reasoning: 'Where is it?' }, calls('look', {}));
  await send(at.server, { conversationId, text: 'Look!', wait: true });
  const reasoned = () => JSON.stringify(at.endpoint.requests.at(-1)?.body.messages).includes('Where is it?');
  expect(reasoned()).toBe(true);
  await send(at.server, { conversationId, text: 'And now?', wait: true });
  expect(reasoned()).toBe(false);
});
