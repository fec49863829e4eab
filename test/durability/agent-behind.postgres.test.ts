import pg from 'pg';
import { expect, test, vi } from 'vitest';
import type { SendMessageInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import type { TestClient } from '../harness/client.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { firstConversation, readRun, send } from '../harness/talk.ts';

const LAST_END = graphql(`
  query LastEndOfAgent($conversationId: ID!) {
    conversation(id: $conversationId) {
      agent {
        lastRunCompletion
        lastStopReason
      }
    }
  }
`);

/** Somebody who changes all agents, and is slow. */
async function lockAgents({ databaseUrl }: Fleet) {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM "Agent" FOR NO KEY UPDATE');
  return { [Symbol.asyncDispose]: () => client.end() };
}

/** Sends to a worker that dies when the run has ended, while its agent is locked. */
async function sendToDoomed(fleet: Fleet, client: TestClient, input: SendMessageInput) {
  await using doomed = await fleet.start({ ROLE: 'worker', FAILPOINT: 'after:RunFinished' });
  await using _ = await lockAgents(fleet);
  const sent = send(client, input);
  expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  return sent;
}

async function endOf(client: TestClient, runId: string) {
  const { completedAt: lastRunCompletion, stopReason: lastStopReason } = await readRun(client, runId);
  return { lastRunCompletion, lastStopReason };
}

test('an agent that was locked when a run ended is told of it in the end, though the worker has died', async () => {
  await using fleet = await createFleet();
  const { client } = await fleet.start({ ROLE: 'api' });
  const conversationId = await firstConversation(client);
  const run = await sendToDoomed(fleet, client, { conversationId, text: 'Hi' });
  await fleet.start({ ROLE: 'worker' });
  const end = await endOf(client, run.id);
  const lastEnd = async () => (await client.execute(LAST_END, { conversationId })).conversation?.agent;
  await vi.waitFor(async () => expect(await lastEnd()).toEqual(end), { timeout: 15_000, interval: 50 });
  // And the sweep does not take it up again.
  const behind = () => fleet.database.db.run.count({ where: { isAgentBehind: true } });
  await vi.waitFor(async () => expect(await behind()).toBe(0), { timeout: 15_000, interval: 50 });
});

test('who waits for a run finds its end on the agent', async () => {
  await using fleet = await createFleet();
  const { client } = await fleet.start({ ROLE: 'api' });
  const conversationId = await firstConversation(client);
  const run = await sendToDoomed(fleet, client, { conversationId, text: 'Hi', wait: true });
  const { conversation } = await client.execute(LAST_END, { conversationId });
  expect(conversation?.agent).toEqual(await endOf(client, run.id));
});
