import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { newConversation, send } from '../../harness/talk.ts';
import { attach, createTool, createToolAgent, storeTools } from '../../harness/tools.ts';

const PREVIEW = graphql(`
  query PreviewWithTools($input: PreviewModelRequestInput!) {
    previewModelRequest(input: $input) {
      __typename
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
    }
  }
`);

const declared = (count: number, prefix = 'c') =>
  Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, parameters: { type: 'object' } }));

/** An agent with 100 tools: t0, t1, … */
async function newAgent(server: TestServer) {
  return createToolAgent(server, { toolIds: await storeTools(server, 100) });
}

test('the tools of a message and those of its agent are 128 together at most', async () => {
  await using server = await startTestServer();
  const { id } = await newAgent(server);
  const input = { conversationId: id, text: 'Hi' };
  const issue = { path: ['clientTools'], message: expect.stringMatching(/100 .*29 .*128/) };
  const refused = { __typename: 'InvalidInputError', issues: [issue] };
  const tooMany = { ...input, clientTools: declared(29) };
  expect((await server.execute(SEND, { input: tooMany })).sendMessage).toMatchObject(refused);
  expect((await server.execute(PREVIEW, { input: tooMany })).previewModelRequest).toMatchObject(refused);
  expect(server.model.requests).toEqual([]);

  // Those that hide a tool of the agent take its place.
  const clientTools = [...declared(28), ...declared(100, 't')];
  expect(await send(server, { ...input, clientTools, wait: true })).toMatchObject({ status: 'COMPLETED' });
  expect(server.model.requests[0]?.body.tools).toHaveLength(128);
});

test('a repeat gets its run, though its agent has got more tools since', async () => {
  await using server = await startTestServer();
  const { id } = await newAgent(server);
  const input = { text: 'Hi', clientTools: declared(28), idempotencyKey: 'key', wait: true };
  const conversationId = await newConversation(server, id);
  const run = await send(server, { conversationId, ...input });
  const { id: toolId } = await createTool(server);
  only(await attach(server, id, toolId), 'AttachToolPayload');
  expect((await send(server, { conversationId, ...input })).id).toBe(run.id);
  const fresh = await server.execute(SEND, { input: { conversationId, ...input, idempotencyKey: 'other' } });
  only(fresh.sendMessage, 'InvalidInputError');
});
