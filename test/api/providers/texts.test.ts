import { expect, test } from 'vitest';
import { delta, DONE, outcomeOf, sse, startEchoServer, STOP, type Outcome } from '../../harness/replay.ts';

const text = (...pieces: unknown[]) => sse(...pieces.map((content) => delta({ content })), STOP, DONE);

const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 };

/** What a completion says when it is not streamed. */
const whole = (message: object, finish: string | null = 'stop') =>
  JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], usage });

const named = (id: string, name: string, text: string) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});

const bodies: [name: string, body: string, expected: Partial<Outcome>][] = [
  [
    'content as a list of text, references and thoughts',
    text(
      [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm, ' }] }],
      [{ type: 'thinking', thinking: 'right.', closed: true }],
      [{ type: 'text', text: 'Hello ' }],
      [{ type: 'reference', reference_ids: [1] }],
      [
        { type: 'text', text: 'wor' },
        { type: 'text', text: 'ld' },
      ],
    ),
    { text: 'Hello world', reasoning: 'Hm, right.' },
  ],
  [
    'a refusal beside empty content',
    sse(delta({ content: '', refusal: 'I cannot.' }), STOP, DONE),
    { text: 'I cannot.' },
  ],
  [
    'reasoning beside empty reasoning_content',
    sse(delta({ reasoning_content: '', reasoning: 'Hm', content: '' }), delta({ content: 'Hi' }), STOP, DONE),
    { text: 'Hi', reasoning: 'Hm' },
  ],
  [
    'reasoning beside the same as details',
    sse(
      delta({ reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] }),
      delta({ content: 'Hi' }),
      STOP,
    ),
    { text: 'Hi', reasoning: 'Hm' },
  ],
  [
    'reasoning_details alone',
    sse(
      delta({ reasoning_details: [{ type: 'reasoning.summary', summary: 'H' }] }),
      delta({
        reasoning_details: [
          { type: 'reasoning.text', text: 'm' },
          { type: 'reasoning.encrypted', data: 'gAAA' },
        ],
      }),
      delta({ content: 'Hi' }),
      STOP,
    ),
    { text: 'Hi', reasoning: 'Hm' },
  ],
  ['thinking', sse(delta({ thinking: 'Hm' }), delta({ content: 'Hi' }), STOP), { text: 'Hi', reasoning: 'Hm' }],
  ['a thought in tags', text('<think>\nHm\n</think>\n\nHi'), { text: 'Hi', reasoning: 'Hm' }],
  [
    'a thought in tags that are cut',
    text('\n', '<', 'thi', 'nk', '>', 'a < b', ' </', 'thin', 'g> ', 'c', '</thi', 'nk', '>\n', '\nHi', ' <think> no'),
    { text: 'Hi <think> no', reasoning: 'a < b </thing> c' },
  ],
  ['an empty thought in tags', text('<think>\n\n</think>\n\n', 'Hi'), { text: 'Hi', reasoning: '' }],
  ['tags in the middle of a text', text('Use <think>', 'x</think>.'), { text: 'Use <think>x</think>.', reasoning: '' }],
  ['less than a tag', text('<th', 'e>'), { text: '<the>' }],
  ['a piece of a tag at the end', text('<th'), { text: '<th' }],
  ['no finish reason, but [DONE]', sse(delta({ content: 'Hi' }), DONE), { text: 'Hi' }],
  ['an empty finish reason', sse(delta({ content: 'Hi' }), delta({}, ''), DONE), { text: 'Hi' }],
  [
    'no finish reason, but usage and [DONE]',
    sse(delta({ content: 'Hi' }), { choices: [], usage }, DONE),
    { text: 'Hi' },
  ],
  [
    'empty data, pings and comments',
    `data:\n\ndata: \n\n: hm\n\n${sse('ping', delta({ content: 'Hi' }), '[ping]', STOP)}event: ping\ndata: {"type": "ping"}\n\ndata:  [DONE] \n\n`,
    { text: 'Hi' },
  ],
  [
    'two blanks before [DONE], and no finish reason',
    `${sse(delta({ content: 'Hi' }))}data:  [DONE]\n\n`,
    { text: 'Hi' },
  ],
  [
    'nonsense behind the finish reason',
    sse(delta({ content: 'Hi' }, 'stop'), '{oops', { error: { message: 'late' } }),
    { text: 'Hi' },
  ],
  [
    'a message in place of the delta',
    sse({ choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }),
    { text: 'Hi' },
  ],
  [
    'the whole message behind its deltas',
    sse(delta({ content: 'H' }), delta({ content: 'i' }), {
      choices: [{ message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    }),
    { text: 'Hi' },
  ],
];

test.each(bodies)('%s is read, and paid once', async (_name, replay, expected) => {
  await using server = await startEchoServer();
  const outcome = await outcomeOf(server, [{ replay }]);
  expect(outcome).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN', requests: 1, ...expected });
});

test.each([
  ['text', whole({ content: 'Hi', reasoning_content: 'Hm' }), { text: 'Hi', reasoning: 'Hm' }],
  ['text behind blanks', `\n \n${whole({ content: '<think>Hm</think>Hi' })}`, { text: 'Hi', reasoning: 'Hm' }],
  ['text without a finish reason', whole({ content: 'Hi' }, null), { text: 'Hi' }],
])('a whole completion instead of a stream is read: %s', async (_name, replay, expected) => {
  await using server = await startEchoServer();
  for (const type of ['application/json', 'application/json; charset=utf-8', 'text/event-stream'])
    expect(await outcomeOf(server, [{ replay, type }]), type).toMatchObject({
      status: 'COMPLETED',
      requests: 1,
      ...expected,
    });
});

test('calls of a whole completion are run', async () => {
  await using server = await startEchoServer();
  const tool_calls = [named('a', 'look', '{"amount":1}'), named('b', 'look', '{"amount":2}')];
  const replay = whole({ content: null, tool_calls }, 'tool_calls');
  const outcome = await outcomeOf(server, [{ replay, type: 'application/json' }]);
  expect(outcome).toMatchObject({ calls: ['look{"amount":1}', 'look{"amount":2}'], text: 'ok', requests: 2 });
});
