import { expect, test } from 'vitest';
import { startCuttableProxy } from '../harness/cuttable-proxy.ts';
import { createFleet } from '../harness/fleet.ts';
import { startPostgresServer } from '../harness/postgres-server.ts';
import { midAnswer } from './mid-answer.ts';

const QUERY = `subscription ($runId: ID!) {
  runEvents(runId: $runId) { node { __typename ... on AssistantTextDelta { delta } } }
}`;

test('an EventSource that comes back while PostgreSQL is away goes on when PostgreSQL is there again', async () => {
  await using server = await startPostgresServer();
  await using fleet = await createFleet(server.database);
  const node = await fleet.start();
  await using network = await startCuttableProxy(node.url);
  await using begun = await midAnswer(fleet.model, node);
  const { run, call } = begun;
  const parameters = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ runId: run.id }) });
  const source = new EventSource(`${network.url}?${parameters}`);
  const began = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let text = '';
  source.addEventListener('next', ({ data }) => {
    text += JSON.parse(data).data?.runEvents.node.delta ?? '';
    if (text === 'Once upon ') began.resolve();
  });
  source.addEventListener('complete', () => {
    source.close();
    ended.resolve();
  });
  await began.promise;
  await server.crash();
  network.cut();
  await new Promise<void>((resolve) => source.addEventListener('open', () => resolve(), { once: true }));
  // Its second try finds the database.
  await server.start();
  call.says('a time.');
  call.stops();
  await ended.promise;
  expect(text).toBe('Once upon a time.');
}, 60_000);
