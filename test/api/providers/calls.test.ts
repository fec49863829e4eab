import { expect, test } from 'vitest';
import { call, CALLED, delta, DONE, outcomeOf, sse, startEchoServer, STOP } from '../../harness/replay.ts';

const named = (name: string | undefined, text?: unknown, rest: object = {}) => ({
  ...rest,
  function: { ...(name !== undefined && { name }), ...(text !== undefined && { arguments: text }) },
});
const at = (index: unknown, name: string | undefined, text?: unknown, id?: unknown) =>
  named(name, text, { index, ...(id !== undefined && { id }) });

const ONE = ['look{"amount":1}'];
const TWO = ['look{"amount":1}', 'wait{"amount":2}'];
const SAME = ['look{"amount":1}', 'look{"amount":2}'];

const bodies: [name: string, chunks: (object | string)[], calls: string[]][] = [
  ['arguments as an object', [call(at(0, 'look', { amount: 1 }, 'a')), CALLED], ONE],
  ['numeric ids', [call(at(0, 'look', '{"amount":', 7)), call(at(0, undefined, '1}', 7)), CALLED], ONE],
  [
    'an id that changes',
    [
      call(at(0, 'look', '', 'a')),
      call(at(0, undefined, '{"amount":', 'b')),
      call(at(0, undefined, '1}', 'c')),
      CALLED,
    ],
    ONE,
  ],
  [
    'no index, pieces told apart by id',
    [
      call(named('look', '', { id: 'a' }), named('wait', '', { id: 'b' })),
      call(named(undefined, '{"amount":', { id: 'a' })),
      call(named(undefined, '{"amount":2}', { id: 'b' })),
      call(named(undefined, '1}', { id: 'a' })),
      CALLED,
    ],
    TWO,
  ],
  [
    'all at index 0 without ids',
    [call(at(0, 'look', '{"amount":1}')), call(at(0, 'wait', '{"amount":2}')), CALLED],
    TWO,
  ],
  [
    'all at index 0 without ids, of one tool',
    [call(at(0, 'look', '{"amount":1}')), call(at(0, 'look', '{"amount":2}')), CALLED],
    SAME,
  ],
  [
    'all at index 0 with empty ids, in pieces',
    [
      call(at(0, 'look', '', '')),
      call(at(0, undefined, '{"amount":1}', '')),
      call(at(0, 'look', '', '')),
      call(at(0, undefined, '{"amount":2}', '')),
      CALLED,
    ],
    SAME,
  ],
  [
    'the same id and index with another name',
    [call(at(0, 'look', '{"amount":1}', 'a')), call(at(0, 'wait', '{"amount":2}', 'a')), CALLED],
    TWO,
  ],
  [
    'one id for all, at their own indexes',
    [call(at(0, 'look', '{"amount":1}', 'a'), at(1, 'look', '{"amount":2}', 'a')), CALLED],
    SAME,
  ],
  [
    'one call at two indexes under one id',
    [call(at(0, 'look', '', 'a')), call(at(1, 'look', '{"amount":', 'a')), call(at(1, undefined, '1}')), CALLED],
    ONE,
  ],
  [
    'a whole call, and its name once more at another index under its id',
    [call(at(0, 'look', '{"amount":1}', 'a')), call(at(1, 'look', '', 'a')), CALLED],
    ONE,
  ],
  [
    'a whole call twice under its id',
    [call(at(0, 'look', '{"amount":1}', 'a')), call(at(1, 'look', '{"amount":1}', 'a')), CALLED],
    ONE,
  ],
  [
    'a nameless entry at the end',
    [call(at(0, 'look', '{"amount":1}', 'a')), call(at(1, undefined, '', 'b')), call({ index: 2 }), CALLED],
    ONE,
  ],
  ['null in the list', [call(null, at(0, 'look', '{"amount":1}', 'a')), call(null), CALLED], ONE],
  [
    'the name in pieces',
    [call(at(0, 'lo', '', 'a')), call(at(0, 'ok', '')), call(at(0, undefined, '{"amount":1}')), CALLED],
    ONE,
  ],
  [
    'a name in pieces that begins as another',
    [call(at(0, 'look', '', 'a')), call(at(0, '_up', '')), call(at(0, undefined, '{"amount":1}')), CALLED],
    ['look_up{"amount":1}'],
  ],
  [
    'the name, id and type in every chunk',
    [
      call(at(0, 'look', '', 'a')),
      call(at(0, 'look', '{"amount":', 'a')),
      call(at(0, 'look', '1}', 'a')),
      call(at(0, 'look', '', 'a')),
      CALLED,
    ],
    ONE,
  ],
  [
    'the name in every chunk, without an id',
    [
      call(at(0, 'look', '')),
      call(at(0, 'look', '{"amount":')),
      call(at(0, 'look', '1}')),
      call(at(0, 'look', '')),
      CALLED,
    ],
    ONE,
  ],
  ['arguments that are null as text', [call(at(0, 'look', 'null', 'a')), CALLED], ['look{}']],
  ['arguments null or empty', [call(at(0, 'look', null, 'a'), at(1, 'wait', '', 'b')), CALLED], ['look{}', 'wait{}']],
  [
    'function_call',
    [
      delta({ function_call: { name: 'look', arguments: '' } }),
      delta({ function_call: { arguments: '{"amount":1}' } }),
      delta({}, 'function_call'),
    ],
    ONE,
  ],
  ['a call without a finish reason, but [DONE]', [call(at(0, 'look', '{"amount":1}', 'a')), DONE], ONE],
  [
    'distinct ids at index 0',
    [
      call(at(0, 'look', '{"amount":1}', 'a')),
      call(at(0, 'wait', '{"amount":', 'b')),
      call(at(0, undefined, '2}')),
      CALLED,
    ],
    TWO,
  ],
  ['an index as text', [call(at('0', 'look', '{"amount":', 'a')), call(at('0', undefined, '1}')), CALLED], ONE],
  ['an index that is null', [call(at(null, 'look', '{"amount":', 'a')), call(at(null, undefined, '1}')), CALLED], ONE],
  ['indexes from 1', [call(at(1, 'look', '{"amount":1}', 'a')), call(at(2, 'wait', '{"amount":2}', 'b')), CALLED], TWO],
  ['the finish reason stop', [call(at(0, 'look', '{"amount":1}', 'a')), STOP], ONE],
  ['the finish reason before the calls', [STOP, call(at(0, 'look', '{"amount":1}', 'a')), DONE], ONE],
  ['the finish reason twice', [call(at(0, 'look', '{"amount":1}', 'a')), CALLED, STOP, DONE], ONE],
  [
    'the whole message behind its deltas',
    [
      call(at(0, 'look', '{"amount":1}', 'a')),
      {
        choices: [
          { message: { tool_calls: [named('look', '{"amount":1}', { id: 'a' })] }, finish_reason: 'tool_calls' },
        ],
      },
    ],
    ONE,
  ],
];

test.each(bodies)('%s: each call is run once, with its arguments, and is paid once', async (_name, chunks, calls) => {
  await using server = await startEchoServer();
  const outcome = await outcomeOf(server, [{ replay: sse(...chunks) }]);
  expect(outcome).toMatchObject({ status: 'COMPLETED', calls, text: 'ok', requests: 2 });
});
