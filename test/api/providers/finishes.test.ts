import { expect, test } from 'vitest';
import { call, delta, DONE, outcomeOf, sse, startEchoServer, STOP } from '../../harness/replay.ts';

/** An answer with a memory of a call in it, which ends for this reason. */
const ended = (reason: unknown) => ({
  replay: sse(
    delta({ content: 'As far as ' }),
    call({ index: 0, id: 'a', function: { name: 'look', arguments: '{}' } }),
    delta({}, reason),
    DONE,
  ),
});

test.each(['length', 'max_tokens', 'MAX_TOKENS', 'model_length', 'max_output_tokens'])(
  'an answer that ends for %s was cut off: its calls are not run, and it is paid once',
  async (reason) => {
    await using server = await startEchoServer();
    const outcome = await outcomeOf(server, [ended(reason)]);
    expect(outcome).toMatchObject({ status: 'FAILED', stopReason: 'MAX_TOKENS_EXCEEDED', calls: [], requests: 1 });
    expect(outcome.text).toBe('As far as ');
  },
);

test.each(['content_filter', 'sensitive', 'SAFETY', 'refusal', 'PROHIBITED_CONTENT', 'RECITATION'])(
  'an answer that ends for %s was stopped by a filter: its calls are not run, and it is paid once',
  async (reason) => {
    await using server = await startEchoServer();
    const outcome = await outcomeOf(server, [ended(reason)]);
    expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_CONTENT_FILTER', calls: [], requests: 1 });
  },
);

test.each(['abort', 'network_error', 'error', 'insufficient_system_resource', 'MALFORMED_FUNCTION_CALL', 'strange', 7])(
  'an answer that ends for %s is taken back with its calls, and asked for again',
  async (reason) => {
    await using server = await startEchoServer();
    const outcome = await outcomeOf(server, [ended(reason)], ['Better.']);
    expect(outcome).toMatchObject({ status: 'COMPLETED', text: 'Better.', calls: [], requests: 2 });
  },
);

test('an unknown finish reason, again and again, is named by the failure, and paid twice', async () => {
  await using server = await startEchoServer();
  const outcome = await outcomeOf(server, ...Array.from({ length: 5 }, () => [ended('strange')]));
  expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_STREAM_TRUNCATED', calls: [], requests: 2 });
  expect(outcome.message).toMatch(/"strange"/);
});

test.each(['end_turn', 'STOP', 'stop_sequence', 'eos_token', 'tool_use', 'COMPLETE'])(
  'an answer that ends for %s is whole',
  async (reason) => {
    await using server = await startEchoServer();
    expect(await outcomeOf(server, [ended(reason)])).toMatchObject({
      status: 'COMPLETED',
      calls: ['look{}'],
      requests: 2,
    });
  },
);

test('a finish reason of failure is not taken back by a later one', async () => {
  await using server = await startEchoServer();
  const replay = sse(delta({ content: 'As far as ' }, 'length'), STOP, DONE);
  expect(await outcomeOf(server, [{ replay }])).toMatchObject({ stopReason: 'MAX_TOKENS_EXCEEDED', requests: 1 });
});

const used = (total: number) => ({ prompt_tokens: total, completion_tokens: 0, total_tokens: total });

test('an answer without a finish reason and [DONE] is no success; with usage at its end it is paid twice at most', async () => {
  await using server = await startEchoServer();
  const cut = [{ replay: sse(delta({ content: 'As far as ' }), { choices: [], usage: used(9) }) }];
  const outcome = await outcomeOf(server, cut, cut, cut);
  expect(outcome).toMatchObject({ status: 'FAILED', code: 'LLM_STREAM_TRUNCATED', requests: 2, totalTokens: 18 });
});

test.each([
  ['in the last choice', sse({ choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop', usage: used(9) }] }, DONE)],
  ['in x_groq', sse(delta({ content: 'Hi' }), { ...STOP, x_groq: { id: 'req_1', usage: used(9) } }, DONE)],
  [
    'before a zero usage',
    sse(delta({ content: 'Hi' }), { ...STOP, usage: used(9) }, { choices: [], usage: used(0) }, DONE),
  ],
  ['in every chunk', sse({ ...delta({ content: 'Hi' }), usage: used(8) }, { ...STOP, usage: used(9) }, DONE)],
  [
    'with an empty list of choices before the answer',
    sse({ choices: [] }, delta({ content: 'Hi' }), { ...STOP, usage: used(9) }),
  ],
])('usage is read: %s', async (_name, replay) => {
  await using server = await startEchoServer();
  expect(await outcomeOf(server, [{ replay }])).toMatchObject({ status: 'COMPLETED', text: 'Hi', totalTokens: 9 });
});

test('a thought in tags that is not closed is no answer', async () => {
  await using server = await startEchoServer();
  const part = { replay: sse(delta({ content: '<think>Hm' }), STOP, DONE) };
  const outcome = await outcomeOf(server, [part], ['Hi']);
  expect(outcome).toMatchObject({ status: 'COMPLETED', text: 'Hi', reasoning: '', requests: 2 });
});
