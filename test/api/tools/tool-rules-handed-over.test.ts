import { expect, test, vi } from 'vitest';
import { takeAway } from '../../durability/mid-answer.ts';
import { approve, decide, deny, pending, result } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { type TestServer } from '../../harness/server.ts';
import { readRun, runEvents, send } from '../../harness/talk.ts';
import { call, startRuled, offers } from '../../harness/ruled-agent.ts';

async function waitsFor(server: TestServer, runId: string, name: string) {
  const waiting = { status: 'REQUIRES_ACTION', pendingToolCalls: [{ name }] };
  await vi.waitFor(async () => expect(await pending(server, runId)).toMatchObject(waiting), 10_000);
}

test('after an approval and a result of the client the calls before count, and a denied one does not', async () => {
  const toolRules = [
    { maxCountPerRun: { toolName: 'a', limit: 1 } },
    { maxCountPerRun: { toolName: 'b', limit: 1 } },
    { maxCountPerRun: { toolName: 'c', limit: 1 } },
  ];
  await using ruled = await startRuled(toolRules, { b: { requiresApproval: true }, c: { isClient: true } });
  const { server } = ruled;
  server.model.answers(call('a'));
  server.model.answers(call('b'));
  const { id: runId } = await ruled.go();
  server.model.answers(call('b'));
  await decide(server, runId, { b: deny('Not yet.') });
  await waitsFor(server, runId, 'b');
  server.model.answers(call('c'));
  await decide(server, runId, { b: approve });
  await waitsFor(server, runId, 'c');
  await decide(server, runId, { c: result('broken', true) });
  await runEvents(server, runId);
  expect(await readRun(server, runId)).toMatchObject({ status: 'COMPLETED' });
  expect(offers(server)).toEqual(['abc', 'bc', 'bc', 'c', 'abc none']);
});

test('whoever takes the run over asks the model for the same, under the same rules', async () => {
  const toolRules = [{ maxCountPerRun: { toolName: 'a', limit: 1 } }, { requiredBeforeExit: { toolName: 'b' } }];
  await using ruled = await startRuled(toolRules);
  const { server, conversationId } = ruled;
  server.model.answers(call('a'));
  server.model.answers(call('a'));
  server.model.answers('Done.');
  server.model.holdCalls();
  const run = await send(server, { conversationId, text: 'Go' });
  const lost = await server.model.nextCall();
  await takeAway(server.deps, run.id);
  const next = await server.model.nextCall();
  expect(next.request.body).toEqual(lost.request.body);
  expect(next.request.body.messages.slice(-5).map(({ role }) => role)).toEqual([
    'tool',
    'assistant',
    'tool',
    'assistant',
    'system',
  ]);
  expect(offers(server)).toEqual(['abc', 'bc', 'bc', 'bc', 'bc']);
  next.callsTool('b', {});
  next.stops();
  (await server.model.nextCall()).stops();
  await runEvents(server, run.id);
  expect(await readRun(server, run.id)).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN', attempt: 2 });
  expect(ruled.runs.map(([name]) => name)).toEqual(['a', 'b']);
  expect(await probe(server)).toEqual([]);
});
