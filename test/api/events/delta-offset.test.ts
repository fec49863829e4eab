import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, firstConversation, isEnd, runEvents, send, type Edge } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const PIECES = ['Gr', 'üß', 'e ', '\ud83d', '\udc4b', ' ', 'from', ' ', '中文', '!'];

/** Each text of the events, by the id of its message or tool call, with each delta written at its offset. */
function write(edges: Edge[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { node } of edges) {
    if (!('offset' in node)) continue;
    const [id, delta] = 'toolCallId' in node ? [node.toolCallId, node.argumentsDelta] : [node.messageId, node.delta];
    const text = texts[id] ?? '';
    texts[id] = text.slice(0, node.offset) + delta + text.slice(node.offset + delta.length);
  }
  return texts;
}

/** A finished run with reasoning, text and two tool calls that were written in turns; as it was seen live, and replayed. */
async function watchAnswer(server: TestServer) {
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const live = eventsUntil(server, { conversationId }, isEnd);
  const run = await send(server, { conversationId, text: 'Go' });
  const call = await next;
  for (const piece of PIECES) call.reasons(piece);
  call.says(...PIECES);
  const goOn = [call.beginsCall('plain'), call.beginsCall('other')];
  for (const piece of ['{"amount"', ':', '1', '}']) for (const write of goOn) write(piece);
  call.stops();
  return { live: await live, replayed: await runEvents(server, run.id) };
}

test('offset counts the UTF-16 code units before a delta, live and replayed, of each text and tool call by itself', async () => {
  await using server = await startTestServer(new Map([testTool('plain'), testTool('other')]));
  const { live, replayed } = await watchAnswer(server);
  for (const edges of [live, replayed]) {
    const ends = new Map<string, number>();
    for (const { node } of edges) {
      if (!('offset' in node)) continue;
      const [id, delta] = 'toolCallId' in node ? [node.toolCallId, node.argumentsDelta] : [node.messageId, node.delta];
      expect(node.offset).toBe(ends.get(id) ?? 0);
      ends.set(id, node.offset + delta.length);
    }
    expect(ends.size).toBe(5);
  }
  const text = PIECES.join('');
  expect(Object.values(write(replayed))).toEqual([text, text, '{"amount":1}', '{"amount":1}', 'ok']);
});

test('deltas that are written at their offset give the same text however often each of them comes', async () => {
  await using server = await startTestServer(new Map([testTool('plain'), testTool('other')]));
  const { live, replayed } = await watchAnswer(server);
  const texts = write(live);
  for (const [index] of replayed.entries()) expect(write([...live.slice(0, index), ...replayed])).toEqual(texts);
});
