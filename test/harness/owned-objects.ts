import { expect } from 'vitest';
import { attach, createBlockAgent, isolate } from './blocks.ts';
import { captureExchanges } from './capture.ts';
import { compact } from './compact.ts';
import { decide, result } from './decisions.ts';
import { fork } from './fork.ts';
import type { TestServer } from './server.ts';
import { runEvents, send } from './talk.ts';

/** In texts that go with their owner. */
export const SECRET = 'secret';

const clientTools = [{ name: 'get_weather', parameters: { type: 'object' } }];
const asksWeather = (city: string) => ({ toolCall: { name: 'get_weather', arguments: { city } } });
const remembers = (new_string: string) => ({
  toolCall: { name: 'memory_insert', arguments: { label: 'human', new_string } },
});

/**
 * Two agents that share a block, and a conversation of one of them with its fork. Between them, they lead to each other
 * by every field that the schema has for it. The conversation went on after it was forked, and waits for its client.
 */
export async function addOwners(server: TestServer) {
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind' });
  const keeper = await createBlockAgent(server, { label: 'other', value: 'Grace' });
  const [shared] = agent.blocks.filter(({ label }) => label === 'human');
  await attach(server, keeper.id, shared!.id);
  const { conversationId: source } = await isolate(server, agent.id, 'persona');
  await captureExchanges(server, source, 6);
  await compact(server, { conversationId: source, settings: { mode: 'ALL' } });

  server.model.answers({ reasoning: 'hm' }, 'I write it down.', remembers('She sails.'), asksWeather('Rome'));
  const run = await send(server, { conversationId: source, text: 'I sail.', clientTools, wait: true });
  await decide(server, run.id, { get_weather: result('sunny') });
  await runEvents(server, run.id);
  const copy = await fork(server, { conversationId: source });

  server.model.answers(`I know a ${SECRET}.`, remembers('She dives.'), asksWeather(SECRET));
  const waiting = await send(server, { conversationId: source, text: `A ${SECRET}`, clientTools, wait: true });
  expect(waiting.status).toBe('REQUIRES_ACTION');
  return { agent, keeper, shared: shared!.id, source, copy: copy.id };
}

const CONVERSATION = `query ($id: ID!) {
  conversation(id: $id) {
    id
    isolatedBlocks { id }
    messages(first: 200) { nodes { ...Ids } }
    runs(first: 200) { nodes { id steps { id } inputMessages { id } messages { nodes { ...Ids } } } }
  }
}
fragment Ids on Message {
  id
  step { id }
  ... on ToolCallMessage { toolCalls { id } }
  ... on ApprovalRequestMessage { toolCalls { id } }
}`;

/** The ids of a conversation and of all that it has. */
export async function idsOf(server: TestServer, id: string): Promise<Set<string>> {
  const { data, errors } = await server.request(CONVERSATION, { id });
  expect(errors).toBe(undefined);
  return new Set(JSON.stringify(data).match(/(?<="id":")[^"]+/g));
}
