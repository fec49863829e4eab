import { expect, test } from 'vitest';
import { graphql } from '../../../graphql/index.ts';
import type { Body } from '../../../harness/responses/judge.ts';
import { startAtResponses } from '../../../harness/responses/start.ts';
import { firstConversation, send } from '../../../harness/talk.ts';

const STEPS = graphql(`
  query StepsAtResponses($runId: ID!) {
    run(id: $runId) {
      steps {
        leftOut
      }
    }
  }
`);

const unsupported = (
  param: string,
  message = `Unsupported parameter: '${param}' is not supported with this model.`,
) => ({
  message,
  type: 'invalid_request_error',
  param,
  code: 'unsupported_parameter',
});

/** In the words of OpenAI for a model that does not reason. */
function asPlain({ model, include, reasoning }: Body) {
  if (model !== 'plain') return undefined;
  if (reasoning?.summary) return unsupported('reasoning.summary');
  if (reasoning?.effort) return unsupported('reasoning.effort');
  return include && unsupported('include', 'Encrypted content is not supported with this model.');
}

test('a model that does not reason is asked without it, in the same step, and from then on at once', async () => {
  await using at = await startAtResponses();
  const conversationId = await firstConversation(at);
  at.endpoint.refuses(asPlain);
  const ask = () =>
    send(at, { conversationId, text: 'Hi', model: 'own/plain', modelSettings: { reasoningEffort: 'LOW' }, wait: true });
  const first = await ask();
  expect(first.status).toBe('COMPLETED');
  expect(at.endpoint.requests).toHaveLength(4);
  const { run } = await at.execute(STEPS, { runId: first.id });
  expect(run?.steps).toEqual([{ leftOut: ['reasoningEffort'] }]);
  expect((await ask()).status).toBe('COMPLETED');
  expect(at.endpoint.requests).toHaveLength(5);
  expect(at.endpoint.requests[4]).not.toHaveProperty('reasoning');
  expect(at.endpoint.requests[4]).toHaveProperty('store', false);
});

test('an organization that may not see summaries keeps its effort and its sealed reasoning', async () => {
  await using at = await startAtResponses();
  const conversationId = await firstConversation(at);
  at.endpoint.refuses(({ reasoning }) =>
    reasoning?.summary
      ? unsupported('reasoning.summary', 'Your organization must be verified to generate reasoning summaries.')
      : undefined,
  );
  const run = await send(at, { conversationId, text: 'Hi', modelSettings: { reasoningEffort: 'HIGH' }, wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(at.endpoint.requests[1]).toMatchObject({
    reasoning: { effort: 'high' },
    include: ['reasoning.encrypted_content'],
  });
});

test('an effort that the model does not know is left out, and another is not', async () => {
  await using at = await startAtResponses();
  const conversationId = await firstConversation(at);
  const words = `Unsupported value: 'minimal' is not supported with this model. Supported values are: 'low', and 'high'.`;
  at.endpoint.refuses(({ reasoning }) =>
    reasoning?.effort === 'minimal'
      ? { ...unsupported('reasoning.effort', words), code: 'unsupported_value' }
      : undefined,
  );
  for (const reasoningEffort of ['MINIMAL', 'LOW', 'MINIMAL'] as const)
    await send(at, { conversationId, text: 'Hi', modelSettings: { reasoningEffort }, wait: true });
  expect(at.endpoint.requests.map(({ reasoning }) => reasoning?.effort)).toEqual([
    'minimal',
    undefined,
    'low',
    undefined,
  ]);
});

test('a conversation goes on when the provider cannot open its sealed reasoning any more', async () => {
  await using at = await startAtResponses();
  const conversationId = await firstConversation(at);
  at.endpoint.answers({ reasoning: ['Hm.'] }, { text: 'Hi' });
  await send(at, { conversationId, text: 'Hi', wait: true });
  at.endpoint.losesKeys();
  const run = await send(at, { conversationId, text: 'And now?', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', error: null });
  expect(at.endpoint.refusals).toEqual([expect.stringContaining('could not be verified')]);
  expect(at.endpoint.requests[2]?.input.slice(2)).toEqual([
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'And now?' },
  ]);
});
