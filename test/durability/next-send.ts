import { expect } from 'vitest';
import type { TestClient } from '../harness/client.ts';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import { runEvents, send, textOf } from '../harness/talk.ts';

/** What holds after every fault: the conversation takes another message, and answers it. */
export async function expectNextSend(model: FakeOpenAi, client: TestClient, conversationId: string): Promise<void> {
  model.answers('Still here.');
  const run = await send(client, { conversationId, text: 'And now?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED' });
  expect(textOf(await runEvents(client, run.id))).toBe('Still here.');
}
