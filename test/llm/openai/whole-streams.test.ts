import { expect, test } from 'vitest';
import type { ModelDelta } from '../../../src/agent/model.ts';
import { createAnswer } from '../../../src/llm/openai/answer.ts';
import { createBodyReader } from '../../../src/llm/openai/read-body.ts';
import { call, CALLED, delta, DONE, sse, STOP } from '../../harness/replay.ts';

const endpoint = { provider: 'fox', baseUrl: 'http://127.0.0.1/v1' };
const tools = ['look', 'look_up'].map((name) => ({ name, description: '', parameters: {} }));

/** Reads a body that arrives in these pieces, and puts together what was reported of it. */
function read(pieces: Uint8Array[]) {
  const reader = createBodyReader(endpoint, 'text/event-stream');
  const answer = createAnswer(endpoint, 100_000, tools);
  const deltas: ModelDelta[] = [];
  for (const event of [...pieces.flatMap(reader.read), ...reader.end()]) {
    if (event === DONE) answer.close();
    else deltas.push(...answer.add(event));
  }
  deltas.push(...answer.end());
  const reported = { text: '', reasoning: '', calls: [] as { name: string; arguments: string }[] };
  for (const each of deltas) {
    if (each.type !== 'toolCall') reported[each.type] += each.text;
    else (reported.calls[each.index] ??= { name: each.name, arguments: '' }).arguments += each.text;
  }
  return { reported, reply: answer.reply() };
}

const bodies: [name: string, body: string, expected: Partial<ReturnType<typeof read>['reported']>][] = [
  [
    'thoughts in tags',
    sse(delta({ content: '\n<think>\nHm, a < b 🦊\n</think>\n\nSo <think> it is.' }), STOP, DONE),
    { reasoning: 'Hm, a < b 🦊', text: 'So <think> it is.' },
  ],
  [
    'tags in pieces',
    sse(...Array.from('<think>a</think> <think>b</th</think>c', (content) => delta({ content })), STOP, DONE),
    { reasoning: 'ab</th', text: 'c' },
  ],
  [
    'parts',
    sse(
      delta({
        content: [
          { type: 'thinking', thinking: 'äö' },
          { type: 'text', text: '🦊' },
        ],
      }),
      STOP,
      DONE,
    ),
    { reasoning: 'äö', text: '🦊' },
  ],
  [
    'calls in turns',
    sse(
      call({ index: 0, id: 'a', function: { name: 'look', arguments: '' } }),
      call({ index: 1, id: 'b', function: { name: 'look_up', arguments: '{"b' } }),
      call({ index: 0, function: { arguments: '{"a":"äö🦊"}' } }, { index: 1, function: { arguments: '":2}' } }),
      call({ index: 2, id: 'c', function: { name: 'look' }, extra_content: { google: { thought_signature: 'x' } } }),
      CALLED,
    ),
    {
      calls: [
        { name: 'look', arguments: '{"a":"äö🦊"}' },
        { name: 'look_up', arguments: '{"b":2}' },
        { name: 'look', arguments: '{}' },
      ],
    },
  ],
  [
    'an answer in JSON',
    `\n ${JSON.stringify({ choices: [{ message: { content: '<think>x</think>🦊' }, finish_reason: 'stop' }] })}`,
    { reasoning: 'x', text: '🦊' },
  ],
  [
    'heartbeats and CRLF',
    `: hm\r\n\r\ndata:\r\n\r\ndata: ping\r\n\r\n${sse(delta({ content: '🦊' }, 'stop')).replaceAll('\n', '\r\n')}`,
    { text: '🦊' },
  ],
];

test.for(bodies)('%s: the answer is the same wherever its bytes are cut', ([, body, expected]) => {
  const bytes = Buffer.from(`\ufeff${body}`);
  const whole = read([bytes]);
  expect(whole.reported).toMatchObject(expected);
  for (let first = 0; first <= bytes.length; first++) {
    for (const length of [1, 3, 11]) {
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, first + length), bytes.subarray(first + length)];
      const { reported, reply } = read(pieces);
      const { text, reasoning, toolCalls } = reply;
      const calls = toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given }));
      expect(reported).toEqual({ text, reasoning, calls });
      expect({ ...reply, toolCalls: calls }).toEqual({ ...whole.reply, toolCalls: whole.reported.calls });
    }
  }
});
