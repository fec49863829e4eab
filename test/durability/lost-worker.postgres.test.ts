import { describe, expect, test, vi } from 'vitest';
import type { FakeCall } from '../harness/fake-openai.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { logOf, type NodeProcess } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { history, isEnd, readRun, typesOf, type Edge } from '../harness/talk.ts';
import { holderOf, midAnswer, startNodes, takeAway, type MidAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { LEASE_MS, shortLease } from './rounds.ts';

const LEASE_AND_POLL_MS = LEASE_MS + 1000;

/** Freezes a worker until another has taken its run over, and returns the call of that one when the zombie has given up. */
async function overtake(fleet: Fleet, zombie: NodeProcess, { run }: MidAnswer, meanwhile: () => void) {
  zombie.stop();
  meanwhile();
  await takeAway(fleet.database, run.id);
  const again = await fleet.model.nextCall();
  zombie.resume();
  const isGivenUp = expect.objectContaining({ msg: 'stopped working on a run', runId: run.id });
  await vi.waitFor(() => expect(zombie.lines).toContainEqual(isGivenUp), 5000);
  return again;
}

/** Finishes what the takeover began, and checks that everybody tells the same story of it. */
async function finishElsewhere(
  fleet: Fleet,
  api: NodeProcess,
  { conversationId, watcher, run }: MidAnswer,
  again: FakeCall,
) {
  again.says('There ', 'was.');
  again.stops();
  await watcher.sees(isEnd);
  const { edges } = watcher.transcript;
  const lost = messageIdsOf(edges.slice(0, edges.findIndex(isTakeover)));
  const restart = edges.find(({ node }) => node.__typename === 'StepRestarted')?.node;
  expect(restart).toMatchObject({ messageIds: [...lost] });
  expect([...new Set(typesOf(edges))]).toEqual([
    'RunQueued',
    'MessageAdded',
    'RunStarted',
    'ReasoningDelta',
    'AssistantTextDelta',
    'StepRestarted',
    'RunFinished',
  ]);
  expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 2, stepCount: 1 });
  const { messages } = await history(api.client, conversationId);
  expect(messages.nodes.slice(1)).toMatchObject([
    { __typename: 'UserMessage', text: 'Tell me a story' },
    { __typename: 'AssistantMessage', text: 'There was.', isPartial: false },
  ]);
  await expectNextSend(fleet.model, api.client, conversationId);
  expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
}

/** That it gave the run up; and nothing else went wrong. */
function expectSaidOnce(zombie: NodeProcess, { run }: MidAnswer) {
  const said = zombie.lines.filter(({ msg, runId }) => msg === 'stopped working on a run' && runId === run.id);
  expect(said).toHaveLength(1);
  expect(logOf(zombie, 50)).toBe('');
}

const isTakeover = ({ node }: Edge) => node.__typename === 'RunStarted' && node.attempt === 2;

function messageIdsOf(edges: Edge[]) {
  return new Set(edges.flatMap(({ node }) => ('messageId' in node ? [node.messageId] : [])));
}

describe('a run whose worker is lost', () => {
  test.concurrent(
    'is finished by another within a lease and a poll, and nothing is doubled',
    { timeout: 60_000 },
    async () => {
      await using fleet = await createFleet();
      const [api, ...workers] = await startNodes(fleet, shortLease);
      await using begun = await midAnswer(fleet.model, api);
      const { watcher } = begun;
      await holderOf(begun.run.id, workers).kill();
      const killed = performance.now();
      await watcher.sees(isTakeover);
      expect(performance.now() - killed).toBeLessThan(LEASE_AND_POLL_MS + 500);
      await finishElsewhere(fleet, api, begun, await fleet.model.nextCall());
    },
  );

  test.concurrent('is left alone by that worker when it was only frozen, and its model call is closed', async () => {
    await using fleet = await createFleet();
    const [api, ...workers] = await startNodes(fleet);
    await using begun = await midAnswer(fleet.model, api);
    const zombie = holderOf(begun.run.id, workers);
    const again = await overtake(fleet, zombie, begun, () => begun.call.says('a time'));
    await begun.call.closed;
    expect(again.isOver()).toBe(false);
    await finishElsewhere(fleet, api, begun, again);
    expectSaidOnce(zombie, begun);
  });

  test.concurrent('is left alone by that worker even when it thaws with the whole answer in its hands', async () => {
    await using fleet = await createFleet();
    const [api, ...workers] = await startNodes(fleet);
    await using begun = await midAnswer(fleet.model, api);
    const zombie = holderOf(begun.run.id, workers);
    const again = await overtake(fleet, zombie, begun, () => begun.call.stops());
    await finishElsewhere(fleet, api, begun, again);
    expectSaidOnce(zombie, begun);
  });
});
