import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { probe } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { smallAgent } from '../../harness/small-agent.ts';
import { send } from '../../harness/talk.ts';

const LONG = 'lorem ipsum dolor '.repeat(100);

/** The provider says that a call took so many tokens. */
const took = (prompt: number, completion: number) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
});

const tokens = (prompt: number, completion: number) => ({
  promptTokens: prompt,
  completionTokens: completion,
  totalTokens: prompt + completion,
});

const EVENTS = graphql(`
  subscription CompactionCosts($runId: ID!) {
    runEvents(runId: $runId) {
      node {
        __typename
        ... on CompactionFinished {
          stats {
            ...CompactionCost
          }
          message {
            compaction {
              ...CompactionCost
            }
          }
        }
        ... on CompactionFailed {
          usage {
            ...Tokens
          }
        }
        ... on RunFinished {
          run {
            usage {
              ...Tokens
            }
            steps {
              usage {
                ...Tokens
              }
            }
          }
        }
      }
    }
  }

  fragment CompactionCost on CompactionStats {
    model
    usage {
      ...Tokens
    }
  }

  fragment Tokens on Usage {
    promptTokens
    completionTokens
    totalTokens
  }
`);

test('the usage of a compaction inside a run is told apart from that of the answer', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  await send(server, { conversationId, text: LONG, wait: true });
  server.model.answers('A long one.', took(1800, 10));
  server.model.answers('They talked.', took(500, 20));
  const run = await send(server, { conversationId, text: 'Really?', wait: true });
  const nodes = (await Array.fromAsync(server.subscribe(EVENTS, { runId: run.id }))).map((data) => data.runEvents.node);
  const cost = { model: 'openai/test', usage: tokens(500, 20) };
  expect(nodes).toContainEqual({ __typename: 'CompactionFinished', stats: cost, message: { compaction: cost } });
  expect(nodes.at(-1)).toMatchObject({
    run: { usage: tokens(2300, 30), steps: [{ usage: tokens(1800, 10) }] },
  });
  expect(await probe(server)).toEqual([]);
});

test('CompactionFailed has the usage of the model calls that were made for it', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await smallAgent(server);
  await send(server, { conversationId, text: LONG, wait: true });
  server.model.answers(' ', took(500, 1));
  server.model.answers(' ', took(600, 2));
  const refused = await tryCompact(server, { conversationId, wait: true, settings: { mode: 'SELF_COMPACT_ALL' } });
  expect(refused.__typename).toBe('CompactionFailedError');
  const { id: runId } = await server.deps.db.run.findFirstOrThrow({ where: { kind: 'COMPACTION' } });
  const nodes = (await Array.fromAsync(server.subscribe(EVENTS, { runId }))).map((data) => data.runEvents.node);
  expect(nodes).toContainEqual({ __typename: 'CompactionFailed', usage: tokens(1100, 3) });
});

test('the model of a compaction is the one that wrote the summary', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  for (const [mode, model] of [
    ['ALL', 'openai/other'],
    ['SELF_COMPACT_ALL', 'openai/test'],
  ] as const) {
    await send(server, { conversationId, text: LONG, wait: true });
    const { summaryMessage } = await compact(server, { conversationId, settings: { mode, model: 'openai/other' } });
    expect(summaryMessage?.compaction).toMatchObject({ modeUsed: mode, model });
  }
});
