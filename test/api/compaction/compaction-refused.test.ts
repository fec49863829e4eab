import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, runEvents, send, typesOf } from '../../harness/talk.ts';

const LONG = 'lorem ipsum dolor sit amet '.repeat(40);

/** Inside a stream that had begun. */
const REFUSAL: Part[] = [
  { raw: `data: ${JSON.stringify({ error: { message: 'too long', code: 'context_length_exceeded' } })}` },
  { eof: true },
];

test('what was written before the prompt was refused as too long is taken back once, when the context is shorter', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: LONG, wait: true });
  server.model.answers('Half an ans', ...REFUSAL);
  server.model.answers('They talked.');
  server.model.answers('The whole answer.');
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run.status).toBe('COMPLETED');
  const edges = await runEvents(server, run.id);
  const restarts = edges.flatMap(({ node }) => (node.__typename === 'StepRestarted' ? [node] : []));
  expect(restarts).toEqual([
    expect.objectContaining({ messageIds: [expect.any(String)], reason: 'The context was too long.' }),
  ]);
  expect(typesOf(edges).indexOf('StepRestarted')).toBeGreaterThan(typesOf(edges).indexOf('CompactionFinished'));
  expect(await probe(server)).toEqual([]);
});

test('it is kept with the end of the run when the context cannot be made shorter', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('Half an ans', ...REFUSAL);
  const run = await send(server, { conversationId, text: 'Now answer this.', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' } });
  expect(typesOf(await runEvents(server, run.id))).not.toContain('StepRestarted');
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.at(-1)).toMatchObject({ text: 'Half an ans', isPartial: true });
  expect(await probe(server)).toEqual([]);
});
