import { expect, test } from 'vitest';
import { create, OFFLINE } from '../harness/default-model.ts';
import { logOf } from '../harness/node-process.ts';
import { firstConversation, send } from '../harness/talk.ts';
import { startHome, type Home } from './home.ts';

const OPENAI = {};

/** Creates an agent with one configuration, and returns how it answers with the next. */
async function answersWith(home: Home, before: object, after: object) {
  await using first = await home.start({ ...before });
  const { id } = await create(first.client, {});
  const conversations = [id, await firstConversation(first.client)];
  for (const conversationId of conversations)
    expect((await send(first.client, { conversationId, text: 'Count to 2', wait: true })).status).toBe('COMPLETED');
  await first.terminate();
  await using second = await home.start({ ...after });
  const statuses: unknown[] = [];
  for (const conversationId of conversations)
    statuses.push(await send(second.client, { conversationId, text: 'Count to 3', wait: true }));
  expect(logOf(second)).toBe('');
  await second.terminate();
  return statuses;
}

test(
  'an agent that was made with the offline model answers with OpenAI once that is configured, and the other way round',
  { timeout: 60_000 },
  async () => {
    await using home = await startHome();
    const completed = [
      { status: 'COMPLETED', error: null },
      { status: 'COMPLETED', error: null },
    ];
    expect(await answersWith(home, OFFLINE, OPENAI)).toMatchObject(completed);
    expect(home.model.requests.map(({ body }) => body.model)).toEqual(['test', 'test']);
    expect(await answersWith(home, OPENAI, OFFLINE)).toMatchObject(completed);
  },
);
