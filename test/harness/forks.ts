import { expect } from 'vitest';
import { readFork } from './fork.ts';
import { type TestServer } from './server.ts';
import { newConversation, send } from './talk.ts';

export async function conversationOf(server: TestServer, ...texts: string[]) {
  const id = await newConversation(server);
  for (const text of texts) await send(server, { conversationId: id, text, wait: true });
  return id;
}

export async function read(server: TestServer, id: string) {
  return (await readFork(server, id)) ?? expect.fail('the conversation is gone');
}
