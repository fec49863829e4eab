import { expect, test } from 'vitest';
import type { FakeRequest } from '../../harness/fake-openai.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { isSummary, smallAgent, WINDOW } from '../../harness/small-agent.ts';
import { send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { walk } from '../../harness/walk.ts';

/** What a provider insists on: the system message first, and every call followed by its return. */
function expectPaired({ messages }: FakeRequest['body']) {
  expect(messages[0]?.role).toBe('system');
  const open: string[] = [];
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === 'tool') expect(open.shift()).toBe(id);
    else expect(open).toEqual([]);
    open.push(...((calls ?? []) as { id: string }[]).map((call) => call.id));
  }
  expect(open).toEqual([]);
}

test(
  'a long conversation on a small window never fails, and its history stays whole',
  { timeout: 240_000 },
  async () => {
    const EXCHANGES = 200;
    await using server = await startTestServer(new Map([testTool('lookup', { isParallel: true })]));
    const conversationId = await smallAgent(server);
    server.model.enforcesWindow(WINDOW);
    server.model.responds((body) => {
      if (isSummary(body)) return ['So far they looked up many things.'];
      const isAnswered = body.messages.at(-1)?.role === 'tool';
      return isAnswered ? ['It says: ', 'nothing. '.repeat(10)] : [{ toolCall: { name: 'lookup', arguments: {} } }];
    });
    for (let count = 0; count < EXCHANGES; count++) {
      const run = await send(server, {
        conversationId,
        text: `Look up ${count}. ${'Please. '.repeat(20)}`,
        wait: true,
      });
      expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
    }
    const talks = server.model.requests.filter(({ body }) => !isSummary(body));
    for (const { body } of talks) expectPaired(body);
    const summaries = server.model.requests.length - talks.length;
    expect(summaries).toBeGreaterThan(5);
    // A question, a call, its return and an answer each; the system prompt; and the summaries.
    const ids = await walk(server, { path: [`conversation(id: "${conversationId}")`, 'messages'] }, 100, 'forward');
    expect(new Set(ids).size).toBe(EXCHANGES * 4 + 1 + summaries);
    expect(await probe(server)).toEqual([]);
  },
);
