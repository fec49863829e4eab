import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { createBlockAgent, readBlock } from '../../harness/blocks.ts';
import { FIRST_AGENT, NEW_CONVERSATION } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { history, send } from '../../harness/talk.ts';

const CHANGES = graphql(`
  query Changes($id: ID!) {
    block(id: $id) {
      history {
        nodes {
          version
          value
          agentId
          toolCall {
            name
            status
            run {
              id
            }
          }
        }
      }
    }
  }
`);

const REMEMBERED = graphql(`
  query Remembered($conversationId: ID!) {
    conversation(id: $conversationId) {
      systemPrompt
      agent {
        blocks {
          id
          label
          value
        }
      }
    }
  }
`);

const startOffline = () => startOwnServer({ OPENAI_BASE_URL: '', OPENAI_API_KEY: '', DEFAULT_MODEL: '' });

const NAME = "The user's name is Ada.";

async function elsewhere(server: TestServer, agentId: string): Promise<string> {
  const { createConversation } = await server.execute(NEW_CONVERSATION, { agentId });
  return only(createConversation, 'CreateConversationPayload').conversation.id;
}

/** Says it, and returns the run and the last answer. */
async function say(server: TestServer, conversationId: string, text: string) {
  const { id, status } = await send(server, { conversationId, text, wait: true });
  expect(status).toBe('COMPLETED');
  const last = (await history(server, conversationId)).messages.nodes.at(-1);
  return { runId: id, answer: last?.__typename === 'AssistantMessage' ? last.text : expect.fail('no answer') };
}

test('an agent of the offline model writes what it is told into its memory, and knows it in every conversation', async () => {
  await using server = await startOffline();
  const agent = await createBlockAgent(server, { label: 'persona', value: 'Kind.' }, { label: 'human', value: '' });
  const blockId = agent.blocks.find(({ label }) => label === 'human')?.id ?? '';
  const conversationId = agent.defaultConversation.id;

  const { runId, answer } = await say(server, conversationId, 'My name is Ada.');

  expect(answer).toBe('Nice to meet you, Ada. I will remember your name.');
  expect(await readBlock(server, blockId)).toMatchObject({ value: NAME, version: 2 });
  const { block } = await server.execute(CHANGES, { id: blockId });
  expect(block?.history.nodes).toEqual([
    {
      version: 2,
      value: NAME,
      agentId: agent.id,
      toolCall: { name: 'core_memory_append', status: 'SUCCEEDED', run: { id: runId } },
    },
    { version: 1, value: '', agentId: null, toolCall: null },
  ]);

  const other = await elsewhere(server, agent.id);
  expect((await say(server, other, 'What is my name?')).answer).toBe('Your name is Ada.');
  const first = (await history(server, other)).messages.nodes[0];
  expect(first).toMatchObject({ __typename: 'SystemMessage', text: expect.stringContaining(NAME) });

  await say(server, other, 'My name is Ada.');
  expect(await readBlock(server, blockId)).toMatchObject({ value: NAME, version: 2 });
});

test('the agent of the first start has a persona and what it knows of its human, and remembers', async () => {
  await using server = await startOffline();
  const { id, defaultConversation } = (await server.execute(FIRST_AGENT, {})).agents.nodes[0]!;
  expect((await say(server, defaultConversation.id, 'I live in Zurich.')).answer).toBe(
    'I will remember that you live in Zurich.',
  );
  const { conversation } = await server.execute(REMEMBERED, { conversationId: defaultConversation.id });
  expect(conversation?.agent.blocks).toMatchObject([
    { label: 'persona', value: expect.stringContaining('Parley') },
    { label: 'human', value: 'The user says that they live in Zurich.' },
  ]);
  expect(conversation?.systemPrompt).toContain('they live in Zurich');
  expect((await say(server, await elsewhere(server, id), 'Where do I live?')).answer).toMatch(/live in Zurich/);
});
