import { expect, test } from 'vitest';
import { probe } from '../../harness/probe.ts';
import { type TestServer } from '../../harness/server.ts';
import { history } from '../../harness/talk.ts';
import { call, startRuled, offers } from '../../harness/ruled-agent.ts';

const fails = async () => Promise.reject(new Error('Not yet.'));

const lastMessage = ({ model }: TestServer) => model.requests.at(-1)?.body.messages.at(-1);

test('without rules everything is offered, and nothing is demanded', async () => {
  await using ruled = await startRuled([]);
  ruled.server.model.answers(call('a'));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['abc', 'abc']);
  expect(ruled.server.model.requests[0]?.body).not.toHaveProperty('parallel_tool_calls');
});

test('runFirst demands the call, and its arguments stand in place of the model’s', async () => {
  await using ruled = await startRuled([{ runFirst: { toolName: 'b', args: { amount: 7 } } }]);
  ruled.server.model.answers(call('b', { amount: 1, note: 'n' }));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  expect(offers(ruled.server)).toEqual(['b !b', 'abc']);
  expect(ruled.server.model.requests[0]?.body).toMatchObject({ parallel_tool_calls: false });
  expect(ruled.runs).toEqual([['b', { amount: 7, note: 'n' }]]);
  const asked = ruled.server.model.requests[1]?.body.messages.at(-2)?.tool_calls;
  expect(asked).toMatchObject([{ function: { name: 'b', arguments: '{"amount":7,"note":"n"}' } }]);
  await ruled.go();
  expect(offers(ruled.server).at(-1)).toBe('b !b');
  expect(await probe(ruled.server)).toEqual([]);
});

test('a call that the rules forbid is not run, whoever would have to approve it: the model is told what it may call', async () => {
  await using ruled = await startRuled([{ runFirst: { toolName: 'a' } }], { b: { requiresApproval: true } });
  ruled.server.model.answers(call('b'));
  ruled.server.model.answers(call('a'));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED' });
  expect(ruled.runs.map(([name]) => name)).toEqual(['a']);
  expect(offers(ruled.server)).toEqual(['a !a', 'a !a', 'abc']);
  expect(ruled.server.model.requests[1]?.body.messages.slice(-2)).toMatchObject([
    { role: 'assistant', tool_calls: [{ function: { name: 'b' } }] },
    { role: 'tool', content: expect.stringMatching(/b was not run.*You may call now: a\./) },
  ]);
  const { messages } = await history(ruled.server, ruled.conversationId);
  expect(messages.nodes.map(({ __typename }) => __typename).slice(2, 4)).toEqual([
    'ApprovalRequestMessage',
    'ToolReturnMessage',
  ]);
  expect(await probe(ruled.server)).toEqual([]);
});

test('of several calls in one answer the first counts', async () => {
  await using ruled = await startRuled([{ continueLoop: { toolName: 'c' } }]);
  ruled.server.model.answers(call('a'), call('b'));
  await ruled.go();
  expect(ruled.runs.map(([name]) => name)).toEqual(['a']);
  expect(ruled.server.model.requests[0]?.body.messages[0]?.content).toMatch(
    /<tool_usage_rules>\n- After c your turn goes on\.\n<\/tool_usage_rules>/,
  );
});

test('constrainChildTools demands a child right after, with its arguments', async () => {
  await using ruled = await startRuled([
    {
      constrainChildTools: {
        toolName: 'a',
        children: ['b', 'c'],
        childArgs: [{ toolName: 'c', args: { amount: 3 } }],
      },
    },
  ]);
  ruled.server.model.answers(call('a'));
  ruled.server.model.answers(call('c', { amount: 1 }));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['abc', 'bc required', 'abc']);
  expect(ruled.runs).toEqual([
    ['a', {}],
    ['c', { amount: 3 }],
  ]);
});

test('parentLastTool offers a child only right after, and then demands it', async () => {
  await using ruled = await startRuled([{ parentLastTool: { toolName: 'a', children: ['b'] } }]);
  ruled.server.model.answers(call('a'));
  ruled.server.model.answers(call('b'));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['ac', 'b !b', 'ac']);
});

test('conditional demands the child that the result asks for', async () => {
  const childOutputMapping = [{ output: 'a done', toolName: 'c' }];
  await using ruled = await startRuled([{ conditional: { toolName: 'a', childOutputMapping, defaultChild: 'b' } }]);
  ruled.server.model.answers(call('a'));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['abc', 'c !c']);
});

test('maxCountPerRun allows exactly so many calls in a run, and the next run begins anew', async () => {
  await using ruled = await startRuled([{ maxCountPerRun: { toolName: 'a', limit: 2 } }]);
  for (let time = 0; time < 4; time++) ruled.server.model.answers(call('a'));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['abc', 'abc', 'bc', 'bc', 'bc']);
  expect(ruled.runs).toHaveLength(2);
  expect(lastMessage(ruled.server)).toMatchObject({ role: 'tool', content: expect.stringMatching(/at most 2 times/) });
  await ruled.go();
  expect(offers(ruled.server).at(-1)).toBe('abc');
});

test('what is used up is not offered again, even when nothing else is left', async () => {
  const toolRules = ['a', 'b', 'c'].map((toolName) => ({ maxCountPerRun: { toolName, limit: 1 } }));
  await using ruled = await startRuled(toolRules);
  for (const name of ['a', 'b', 'c', 'a']) ruled.server.model.answers(call(name));
  await ruled.go();
  expect(offers(ruled.server)).toEqual(['abc', 'bc', 'c', 'abc none', 'abc none']);
  expect(ruled.runs).toHaveLength(3);
});

test('exitLoop ends the run when the tool has succeeded', async () => {
  await using ruled = await startRuled([{ exitLoop: { toolName: 'a' } }, { exitLoop: { toolName: 'b' } }], {
    b: { run: fails },
  });
  ruled.server.model.answers(call('b'));
  ruled.server.model.answers(call('a'));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED', stopReason: 'TOOL_RULE' });
  expect(ruled.server.model.requests).toHaveLength(2);
  expect(await probe(ruled.server)).toEqual([]);
});

test('requiredBeforeExit keeps the run going, and the model is told what is missing', async () => {
  await using ruled = await startRuled([
    { exitLoop: { toolName: 'a' } },
    { requiredBeforeExit: { toolName: 'b' } },
    { requiredBeforeExit: { toolName: 'gone' } },
  ]);
  ruled.server.model.answers(call('a'));
  ruled.server.model.answers('Done.');
  ruled.server.model.answers(call('b'));
  const run = await ruled.go();
  expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  expect(ruled.server.model.requests[2]?.body.messages.slice(-2)).toEqual([
    { role: 'assistant', content: 'Done.' },
    { role: 'system', content: expect.stringMatching(/have to be called first: b\.$/) },
  ]);
  expect(ruled.runs.map(([name]) => name)).toEqual(['a', 'b']);
  const { messages } = await history(ruled.server, ruled.conversationId);
  expect(messages.nodes.filter(({ __typename }) => __typename === 'SystemMessage')).toHaveLength(2);
  expect(await probe(ruled.server)).toEqual([]);

  for (let step = 0; step < 3; step++) ruled.server.model.answers(`No ${step}.`);
  expect(await ruled.go(3)).toMatchObject({ status: 'COMPLETED', stopReason: 'MAX_STEPS' });
});
