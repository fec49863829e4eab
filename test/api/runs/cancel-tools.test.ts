import { expect, test } from 'vitest';
import { CANCEL } from '../../harness/documents.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, firstConversation, history, isCall, runEvents, send, typesOf } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { ToolError } from '../../../src/agent/tool.ts';

async function returns(server: TestServer, conversationId: string) {
  const { messages } = await history(server, conversationId);
  return messages.nodes.flatMap((message) => (message.__typename === 'ToolReturnMessage' ? message.toolCalls : []));
}

test.each([
  { how: 'succeeds', finish: async () => 'charged', end: { status: 'SUCCEEDED', result: 'charged' } },
  {
    how: 'refuses',
    finish: async () => Promise.reject(new ToolError('No such card.')),
    end: { status: 'FAILED', result: 'No such card.' },
  },
])(
  'the return of a tool that $how after its run was cancelled is kept, and the next model call sees it',
  async (given) => {
    const { promise: finished, resolve: goOn } = Promise.withResolvers<void>();
    const run = async () => {
      await finished; // it does not listen to its signal
      return given.finish();
    };
    await using server = await startTestServer(new Map([testTool('charge', { run })]));
    const conversationId = await firstConversation(server);
    server.model.answers({ toolCall: { name: 'charge', arguments: {} } });
    const begun = eventsUntil(server, { conversationId }, isCall('RUNNING'));
    const { id: runId } = await send(server, { conversationId, text: 'Pay' });
    await begun;
    await server.execute(CANCEL, { runId });
    const unknown = { status: 'CANCELLED', result: expect.stringMatching(/not known/) };
    expect(await returns(server, conversationId)).toMatchObject([unknown]);
    const { eventCursor: after } = await history(server, conversationId);

    const late = eventsUntil(server, { conversationId, after }, isCall(given.end.status));
    goOn();
    expect(await late).toMatchObject([{ runId: null, node: { toolCall: { result: given.end.result } } }]);
    expect(await returns(server, conversationId)).toMatchObject([given.end]);
    expect(typesOf(await runEvents(server, runId)).at(-1)).toBe('RunFinished');
    await send(server, { conversationId, text: 'Well?', wait: true });
    const told = { role: 'tool', content: given.end.result };
    expect(server.model.requests.at(-1)?.body.messages.slice(-2)).toMatchObject([told, { role: 'user' }]);
    expect(await probe(server)).toEqual([]);
  },
);
