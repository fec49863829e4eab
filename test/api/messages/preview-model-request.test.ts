import { expect, test } from 'vitest';
import type { PreviewModelRequestInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { createBlockAgent, isolate, updateBlock } from '../../harness/blocks.ts';
import { approve, decide } from '../../harness/decisions.ts';
import { startImageHost } from '../../harness/image-host.ts';
import { GIF, PNG } from '../../harness/images.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';

const PREVIEW = graphql(`
  query Preview($input: PreviewModelRequestInput!) {
    previewModelRequest(input: $input) {
      __typename
      ... on PreviewModelRequestPayload {
        model
        payload
      }
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
      ... on NotFoundError {
        missingId
      }
      ... on PendingApprovalError {
        run {
          id
        }
        toolCalls {
          name
        }
      }
    }
  }
`);

const PREVIEW_CONVERSATION = graphql(`
  mutation PreviewConversation($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
      __typename
    }
  }
`);

const tools = new Map([testTool('look'), testTool('guarded', { requiresApproval: true })]);
const look = { toolCall: { name: 'look', arguments: { amount: 1 } } };

async function preview(server: TestServer, input: PreviewModelRequestInput) {
  return (await server.execute(PREVIEW, { input })).previewModelRequest;
}

/** Previews, sends the same, and expects that the provider got what was shown. */
async function expectSame(server: TestServer, input: PreviewModelRequestInput) {
  const { model, payload } = only(await preview(server, input), 'PreviewModelRequestPayload');
  const before = server.model.requests.length;
  const run = await send(server, { ...input, wait: true });
  expect(run.status).toBe('COMPLETED');
  const { body } = server.model.requests[before]!;
  expect(JSON.stringify(payload)).toBe(JSON.stringify(body));
  expect(model).toBe(`openai/${body.model}`);
  return body;
}

test('what is shown is what a send of the same sends, to the last character', async () => {
  await using server = await startTestServer(tools);
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind.' });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  await expectSame(server, { conversationId, text: 'Hi' });

  server.model.answers({ reasoning: 'Hm.' }, 'Let me look.', look, look);
  server.model.answers('It is red. 👋');
  await expectSame(server, { conversationId, text: 'What is it?' });

  await updateBlock(server, { id: block.id, value: 'Grace' });
  const body = await expectSame(server, {
    conversationId,
    messages: [
      { role: 'SYSTEM', text: 'Speak French.' },
      { content: [{ text: 'One' }, { text: 'Two' }], name: 'Ada Lovelace', otid: 'a' },
    ],
  });
  expect(body.messages.map(({ role }) => role)).toEqual(
    'system user assistant user assistant tool tool assistant system user'.split(' '),
  );
  expect(body.messages[0]?.content).toContain('Grace');
  const names = body.tools?.map((tool) => tool.function.name);
  expect(names).toEqual(expect.arrayContaining(['look', 'guarded', 'core_memory_append']));
});

test("it goes by the send's system prompt, model and settings, else by the conversation's", async () => {
  await using server = await startTestServer(tools);
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const own = {
    model: 'gpt-4.1',
    modelSettings: { temperature: 0.5, responseFormat: { type: 'JSON_OBJECT' as const } },
  };
  await server.execute(PREVIEW_CONVERSATION, { input: { id: conversationId, ...own } });
  const first = await expectSame(server, { conversationId, text: 'Hi' });
  expect(first).toMatchObject({ model: 'gpt-4.1', temperature: 0.5, response_format: { type: 'json_object' } });
  const second = await expectSame(server, { conversationId, text: 'Hi', modelSettings: { topP: 0.5 } });
  expect(second).toMatchObject({ model: 'gpt-4.1', temperature: 0.5, top_p: 0.5 });
  const third = await expectSame(server, {
    conversationId: agent.id,
    text: 'Hi',
    system: 'Be a pirate.',
    model: 'other',
    modelSettings: { maxOutputTokens: 9 },
  });
  expect(third).toMatchObject({ model: 'other', max_tokens: 9 });
  expect(third).not.toHaveProperty('temperature');
  expect(third.messages[0]).toMatchObject({ role: 'system', content: 'Be a pirate.' });
});

test('tools that the client declares are in it, and hide those with their names', async () => {
  await using server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  const clientTools = [
    { name: 'look', description: 'Looks on the client.', parameters: { type: 'object' } },
    { name: 'there', parameters: { type: 'object', properties: { to: { type: 'string' } } } },
  ];
  const { tools: shown = [] } = await expectSame(server, { conversationId, text: 'Hi', clientTools });
  const declarations = shown.map((tool) => tool.function);
  for (const declared of clientTools) expect(declarations).toContainEqual(expect.objectContaining(declared));
  expect(declarations.filter(({ name }) => name === 'look')).toHaveLength(1);
  const wrong = { conversationId, text: 'Hi', clientTools: [clientTools[0]!, clientTools[0]!] };
  expect((await preview(server, wrong)).__typename).toBe('InvalidInputError');
});

test('what a client sends as JSON is in it in its order', async () => {
  await using server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  // Neither sorted by length nor by alphabet, at any level.
  const parameters = {
    properties: { zone: { type: 'string', description: 'Where.' }, at: { enum: ['b', 'a'], type: 'string' } },
    additionalProperties: false,
    required: ['zone'],
    type: 'object',
  };
  const schema = { type: 'object', required: ['b'], properties: { bb: { type: 'string' }, a: { type: 'string' } } };
  const body = await expectSame(server, {
    conversationId,
    text: 'Hi',
    clientTools: [{ parameters, name: 'there', description: 'Goes there.' }],
    modelSettings: { responseFormat: { type: 'JSON_SCHEMA', schema, name: 'answer' } },
  });
  expect(JSON.stringify(body)).toContain(JSON.stringify(parameters));
  expect(JSON.stringify(body)).toContain(JSON.stringify(schema));
});

test('images are in it, as a send would send them', async () => {
  await using server = await startOwnServer({ IMAGE_ALLOW_PRIVATE: 'true' });
  await using host = await startImageHost();
  const conversationId = await firstConversation(server);
  const imageBase64 = { mediaType: 'image/gif', data: GIF.toString('base64') };
  const content = [{ text: 'Look' }, { imageUrl: host.put('/fox', PNG) }, { imageBase64 }];
  await expectSame(server, { conversationId, messages: [{ content }] });
  await expectSame(server, { conversationId, text: 'Look again' });
  expect(JSON.stringify(server.model.requests.at(-1)?.body)).toContain(PNG.toString('base64'));
});

test('a preview calls nobody and leaves everything as it was', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  const before = await history(server, conversationId);
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  only(await preview(server, { conversationId, text: 'Hi' }), 'PreviewModelRequestPayload');
  expect(await history(server, conversationId)).toEqual(before);
  expect(server.model.requests).toEqual([]);
});

test('while a run waits for decisions there is nothing to show, and the history of them afterwards', async () => {
  await using server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  server.model.answers({ toolCall: { name: 'guarded', arguments: {} } });
  const { id: runId } = await send(server, { conversationId, text: 'Go', wait: true });
  const refused = only(await preview(server, { conversationId, text: 'Hi' }), 'PendingApprovalError');
  expect(refused).toMatchObject({ run: { id: runId }, toolCalls: [{ name: 'guarded' }] });
  const next = server.model.nextCall();
  await decide(server, runId, { guarded: approve });
  const call = await next;
  only(await preview(server, { conversationId, text: 'Hi' }), 'PreviewModelRequestPayload');
  call.stops();
  await send(server, { conversationId, text: 'And?', onBusy: 'ENQUEUE', wait: true });
  await expectSame(server, { conversationId, text: 'Hi' });
});

test('input that a send would refuse is refused', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const bad: [PreviewModelRequestInput, string][] = [
    [{ conversationId }, ''],
    [{ conversationId, text: '' }, 'text'],
    [{ conversationId, messages: [] }, 'messages'],
    [{ conversationId, text: 'a', messages: [{ text: 'b' }] }, ''],
    [{ conversationId, text: 'a', model: 'nobody/x' }, 'model'],
    [{ conversationId, text: 'a', modelSettings: { temperature: 7 } }, 'modelSettings.temperature'],
  ];
  for (const [input, path] of bad) {
    const { issues } = only(await preview(server, input), 'InvalidInputError');
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  }
  for (const id of ['conv-x', 'nonsense'])
    expect(only(await preview(server, { conversationId: id, text: 'a' }), 'NotFoundError').missingId).toBe(id);
});
