import { expect, test } from 'vitest';
import { call, startRuled } from '../../harness/ruled-agent.ts';
import type { TestServer } from '../../harness/server.ts';
import { history } from '../../harness/talk.ts';

const parameters = { type: 'object', additionalProperties: true };
/** More digits than a double has, and a spelling that JSON.stringify does not choose. */
const NUMBERS = '"id":9007199254740993,"more":[-0.12345678901234567891,1.0,1e400]';

const CALLS =
  'query ($id: ID!) { conversation(id: $id) { messages { nodes { ... on ToolCallMessage { toolCalls { arguments } } } } } }';
const EVENTS =
  'subscription ($id: ID!) { runEvents(runId: $id) { node { ... on ToolCallUpdated { toolCall { arguments } } } } }';

/** The answer as it comes over the wire: a client that parses it would round again. */
async function readRaw({ url }: TestServer, query: string, id: string): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables: { id } }) });
  return response.text();
}

test.each([
  { name: 'a call', toolRules: [], text: `{${NUMBERS}}` },
  {
    name: 'a call that a rule sets arguments of',
    toolRules: [{ runFirst: { toolName: 'a', args: { city: 'Rome' } } }],
    text: `{${NUMBERS},"city":"Rome"}`,
  },
])('numbers of $name reach the tool, the client and the model again digit by digit', async ({ toolRules, text }) => {
  const given: string[] = [];
  const run = async ({ argumentsText }: { argumentsText: string }) => {
    given.push(argumentsText);
    return 'done';
  };
  await using ruled = await startRuled(toolRules, { a: { parameters, run } });
  const { server, conversationId } = ruled;
  server.model.answers(call('a', `{${NUMBERS}}`));
  const { id } = await ruled.go();
  expect(given).toEqual([text]);
  const asked = server.model.requests[1]?.body.messages.at(-2)?.tool_calls;
  expect(asked).toMatchObject([{ function: { arguments: text } }]);
  expect(await readRaw(server, CALLS, conversationId)).toContain(`"arguments":${text}`);
  expect(await readRaw(server, EVENTS, id)).toContain(`"arguments":${text}`);
});

test('arguments that are nested too deeply are refused, and the history can be read', async () => {
  await using ruled = await startRuled([{ runFirst: { toolName: 'a', args: { city: 'Rome' } } }], {
    a: { parameters },
  });
  const { server, conversationId } = ruled;
  server.model.answers(call('a', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`));
  server.model.answers(call('a', { a: { a: 1 } }));
  expect(await ruled.go()).toMatchObject({ status: 'COMPLETED', error: null });
  expect(ruled.runs).toEqual([['a', { a: { a: 1 }, city: 'Rome' }]]);
  const [first, second] = JSON.parse(
    await readRaw(server, CALLS, conversationId),
  ).data.conversation.messages.nodes.flatMap(
    ({ toolCalls = [] }: { toolCalls?: { arguments: unknown }[] }) => toolCalls,
  );
  expect([first, second]).toEqual([{ arguments: null }, { arguments: { a: { a: 1 }, city: 'Rome' } }]);
  const returns = (await history(server, conversationId)).messages.nodes.flatMap((message) =>
    message.__typename === 'ToolReturnMessage' ? message.toolCalls.map(({ result }) => result) : [],
  );
  expect(returns).toEqual([expect.stringContaining('deeper than 60 levels'), 'a done']);
});
