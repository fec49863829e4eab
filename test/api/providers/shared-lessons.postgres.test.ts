import { expect, test, vi } from 'vitest';
import { startOwnServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';

test('what one node has learned of a model, another knows when it starts', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  server.model.refuses((body) => ('stream_options' in body ? 'Unknown parameter: stream_options' : undefined));
  await send(server, { conversationId, text: 'Hi', wait: true });
  await vi.waitFor(async () => expect(await server.deps.db.modelLesson.count()).toBe(1));
  await using node = await server.startNode({ ROLE: 'api' });
  const preview = () => node.deps.models.resolve('openai/test')?.preview({ messages: [], tools: [], settings: {} });
  await vi.waitFor(() => expect(preview()).not.toHaveProperty('stream_options'));
});
