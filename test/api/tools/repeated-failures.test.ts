import { expect, test } from 'vitest';
import { ToolError } from '../../../src/agent/tool.ts';
import type { FakeRequest } from '../../harness/fake-openai.ts';
import { decide, result } from '../../harness/decisions.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { eventsUntil, firstConversation, history, isEnd, readRun, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const AMOUNT_7 = { toolCall: { name: 'pay', arguments: '{"amount":7}' } };

const broken = testTool('pay', {
  run: async ({ arguments: { amount } }) => {
    if (amount === 7) throw new ToolError('No such account.');
    return 'paid';
  },
});

/** A call that fails, each time with other arguments. */
const unfit = (index: number) => ({ toolCall: { name: 'pay', arguments: { amount: `x${index}` } } });

/** The last return that a request tells the model of. */
const lastReturn = ({ body: { messages } }: FakeRequest) => messages.findLast(({ role }) => role === 'tool')?.content;

test('a call that fails three times is told to the model, and the sixth failure ends the run', async () => {
  await using server = await startTestServer(new Map([broken]));
  const conversationId = await firstConversation(server);
  // The same call, however it is written.
  const spaced = { toolCall: { name: 'pay', arguments: '{ "amount": 7 }' } };
  server.model.responds(({ messages }) => [messages.length % 4 === 0 ? spaced : AMOUNT_7]);
  const run = await send(server, { conversationId, text: 'Pay', wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: 'INVALID_TOOL_CALL',
    error: {
      code: 'INVALID_TOOL_CALL',
      message: 'The same call of pay failed 6 times in a row, and the run was ended.',
    },
  });
  const told = server.model.requests.slice(1).map(lastReturn);
  expect(told.slice(0, 2)).toEqual(['No such account.', 'No such account.']);
  for (const [index, text] of told.slice(2).entries())
    expect(text).toMatch(
      new RegExp(`^No such account\\.\\n\\nThis call has failed ${index + 3} times in a row .* After 6 failures`),
    );
  expect(told).toHaveLength(5);
  const { nodes } = (await history(server, conversationId)).messages;
  expect(nodes.at(-1)).toMatchObject({ toolCalls: [{ name: 'pay', status: 'FAILED', result: 'No such account.' }] });
  server.model.responds(() => ['Sorry.']);
  expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
  expect(await probeQuiet(server)).toEqual([]);
});

test.each([
  ['a tool that there is not', { name: 'missing', arguments: {} }],
  ['arguments that are cut off', { name: 'pay', arguments: '{"amount":' }],
  ['arguments that do not fit', { name: 'pay', arguments: { amount: 'much' } }],
])('the sixth call of %s ends the run', async (_name, toolCall) => {
  await using server = await startTestServer(new Map([broken]));
  server.model.responds(() => [{ toolCall }]);
  const run = await send(server, { conversationId: await firstConversation(server), text: 'Pay', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', stopReason: 'INVALID_TOOL_CALL' });
  expect(server.model.requests).toHaveLength(6);
});

test("a client's tool that fails again and again is told to the model, and ends the run", async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const [, { name, description, parameters }] = broken;
  server.model.responds(() => [AMOUNT_7]);
  const { id } = await send(server, {
    conversationId,
    text: 'Pay',
    clientTools: [{ name, description, parameters }],
    wait: true,
  });
  for (let failures = 1; failures <= 6; failures += 1) {
    const { eventCursor: after } = await history(server, conversationId);
    await decide(server, id, { pay: result('Closed.', true) });
    const isNext =
      failures < 6 ? ({ node }: { node: { __typename: string } }) => node.__typename === 'RunRequiresAction' : isEnd;
    await eventsUntil(server, { conversationId, after }, isNext);
  }
  expect(await readRun(server, id)).toMatchObject({ status: 'FAILED', stopReason: 'INVALID_TOOL_CALL' });
  expect(server.model.requests).toHaveLength(6);
  expect(lastReturn(server.model.requests[3]!)).toMatch(/^Closed\.\n\nThis call has failed 3 times/);
});

test('failures count for the same arguments only, and until a step succeeds', async () => {
  await using server = await startTestServer(new Map([broken]));
  const conversationId = await firstConversation(server);
  const other = { toolCall: { name: 'pay', arguments: '{"amount":8}' } };
  for (let times = 0; times < 5; times += 1) server.model.answers(AMOUNT_7);
  server.model.answers(other);
  for (let times = 0; times < 5; times += 1) server.model.answers(AMOUNT_7);
  for (let times = 0; times < 7; times += 1) server.model.answers(unfit(times));
  server.model.answers('Done.');
  expect((await send(server, { conversationId, text: 'Pay', wait: true })).status).toBe('COMPLETED');
});

test('calls of one step that fail alike count once, and one that succeeds beside them takes nothing back', async () => {
  await using server = await startTestServer(new Map([broken, testTool('look')]));
  const conversationId = await firstConversation(server);
  server.model.responds(() => [AMOUNT_7, AMOUNT_7, { toolCall: { name: 'look', arguments: {} } }]);
  const run = await send(server, { conversationId, text: 'Pay', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', stopReason: 'INVALID_TOOL_CALL' });
  expect(server.model.requests).toHaveLength(6);
});
