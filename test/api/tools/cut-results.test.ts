import { expect, test } from 'vitest';
import { decide, result } from '../../harness/decisions.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { runEvents, send } from '../../harness/talk.ts';
import { attach, createTool, createToolAgent, deleteTool, detach } from '../../harness/tools.ts';

interface Change {
  what: string;
  act(server: TestServer, agentId: string, toolId: string): Promise<unknown>;
}

const changes: Change[] = [
  { what: 'detached', act: detach },
  { what: 'deleted', act: (server, _agentId, toolId) => deleteTool(server, toolId) },
  {
    what: 'replaced by another of its name',
    act: async (server, agentId, toolId) => {
      await deleteTool(server, toolId);
      await attach(server, agentId, (await createTool(server, { returnLimit: 9 })).id);
    },
  },
];

test.each(changes)('a result is cut at the limit of its tool, though that was $what meanwhile', async ({ act }) => {
  await using server = await startTestServer();
  const tool = await createTool(server, { returnLimit: 5 });
  const agent = await createToolAgent(server, { toolIds: [tool.id] });
  server.model.answers({ toolCall: { name: tool.name, arguments: { city: 'Rome' } } });
  const run = await send(server, { conversationId: agent.id, text: 'How is it?', wait: true });
  await act(server, agent.id, tool.id);
  await decide(server, run.id, { [tool.name]: result('1234567890') });
  await runEvents(server, run.id);
  expect(server.model.requests[1]?.body.messages.at(-1)?.content).toBe(
    '12345\n[cut off: 5 of 10 characters are missing]',
  );
});

test('what a message declares hides a tool of the agent, also its limit', async () => {
  await using server = await startTestServer();
  const { id, name, parameters } = await createTool(server, { returnLimit: 5 });
  const agent = await createToolAgent(server, { toolIds: [id] });
  server.model.answers({ toolCall: { name, arguments: { city: 'Rome' } } });
  const clientTools = [{ name, parameters }];
  const run = await send(server, { conversationId: agent.id, text: 'How is it?', clientTools, wait: true });
  await decide(server, run.id, { [name]: result('1234567890') });
  await runEvents(server, run.id);
  expect(server.model.requests[1]?.body.messages.at(-1)?.content).toBe('1234567890');
});
