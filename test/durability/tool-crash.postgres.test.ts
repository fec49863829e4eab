import { expect, test } from 'vitest';
import { createFleet } from '../harness/fleet.ts';
import { firstConversation, history, runEvents, send } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';
import { effectsFile, TOOL_SERVER } from './waiting.ts';

const cases = [
  { name: 'charge', status: 'UNKNOWN', told: /not known/, effects: 1 },
  { name: 'lookup', status: 'SUCCEEDED', told: /lookup done/, effects: 2 },
];

test.each(cases)(
  'a process that is killed in the middle of a $name: the call is $status, it ran $effects times, and the run goes on',
  async ({ name, status, told, effects }) => {
    using effectsLeft = effectsFile();
    const EFFECTS = effectsLeft.path;
    await using fleet = await createFleet();
    const dying = await fleet.start({ EFFECTS, TOOL_DIES: '1' }, TOOL_SERVER);
    const conversationId = await firstConversation(dying.client);
    fleet.model.answers({ toolCall: { name, arguments: { amount: 5 } } });
    fleet.model.answers('All done.');
    const run = await send(dying.client, { conversationId, text: 'Go' });
    expect((await dying.exited).signal).toBe('SIGKILL');

    const { client } = await fleet.start({ EFFECTS }, TOOL_SERVER);
    await fleet.expireLeases(run.id);
    const edges = await runEvents(client, run.id);
    expect(edges.at(-1)?.node).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
    const updates = edges.flatMap(({ node }) => (node.__typename === 'ToolCallUpdated' ? [node.callStatus] : []));
    expect(updates).toEqual(['RUNNING', status]);
    const calls = (await history(client, conversationId)).messages.nodes.flatMap((message) =>
      message.__typename === 'ToolReturnMessage' ? message.toolCalls : [],
    );
    expect(calls).toMatchObject([{ name, status, result: expect.stringMatching(told) }]);
    expect(fleet.model.requests.at(-1)?.body.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringMatching(told),
    });
    expect(effectsLeft.lines()).toEqual(Array.from({ length: effects }, () => `${name} {"amount":5}`));
    await expectNextSend(fleet.model, client, conversationId);
  },
);
