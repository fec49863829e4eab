import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { judges } from '../../harness/judges.ts';
import { oddTurns } from '../../harness/odd-turns.ts';
import { startStrict, type Strict } from '../../harness/strict-endpoints.ts';
import { send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const names = Object.keys(judges);

const modelOf = (name: string) => `fox-${names.indexOf(name)}`;

// Nothing says what the endpoints take: neither their host nor the name of the model.
let at: Strict;
beforeAll(async () => void (at = await startStrict(names, () => ({}), modelOf)));
afterAll(() => at[Symbol.asyncDispose]());

const LESSONS = graphql(`
  query StepsLeftOut($runId: ID!) {
    run(id: $runId) {
      steps {
        status
        leftOut
      }
    }
  }
`);

const cases = oddTurns.flatMap((turn) => names.map((name) => [turn.name, name, turn] as const));

test.for(cases)('after %s, an unknown endpoint as strict as %s answers the next message', async ([, name, turn]) => {
  for (const tool of ['look', 'wait']) at.tools.set(...testTool(tool));
  const conversationId = await at.talkTo(name);
  await turn.play(at, conversationId);
  const run = await send(at.server, { conversationId, text: 'And now?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', error: null });
  // Nothing was refused on the way either.
  expect(await at.server.deps.db.message.count({ where: { conversationId, isRefused: true } })).toBe(0);
});

test('what was learned costs nothing the next time', async () => {
  const conversationId = await at.talkTo('gemma');
  await send(at.server, { conversationId, text: 'Hi', wait: true });
  expect(at.endpoint.requests).toHaveLength(1);
});

test('a step says nothing of what was put otherwise and not left out', async () => {
  const conversationId = await at.talkTo('strict');
  const { id: runId } = await send(at.server, { conversationId, text: 'Hi', wait: true });
  const { run } = await at.server.execute(LESSONS, { runId });
  expect(run?.steps).toEqual([{ status: 'SUCCEEDED', leftOut: [] }]);
});
