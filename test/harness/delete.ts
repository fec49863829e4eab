import { expect } from 'vitest';
import type { TestClient } from './client.ts';

/** Deletes an agent or a conversation, and expects it to be done. */
export async function remove(client: TestClient, noun: 'Agent' | 'Conversation', id: string): Promise<void> {
  const document = `mutation ($id: ID!) { it: delete${noun}(input: { id: $id }) { __typename } }`;
  const { data } = await client.request(document, { id });
  expect(data).toEqual({ it: { __typename: `Delete${noun}Payload` } });
}
