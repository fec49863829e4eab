import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { send } from '../../harness/talk.ts';
import { CREATE, LIST } from '../../harness/conversations.ts';

const CREATE_AGENT_WITH_BLOCKS = graphql(`
  mutation CreateAgentWithBlocks {
    createAgent(
      input: { name: "Blocks", blocks: [{ label: "human", value: "Ada" }, { label: "persona", value: "Kind" }] }
    ) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          blocks {
            id
          }
        }
      }
    }
  }
`);

test('isolated blocks are copies that only this conversation uses', async () => {
  await using server = await startTestServer();
  const { createAgent } = await server.execute(CREATE_AGENT_WITH_BLOCKS, {});
  const { agent } = only(createAgent, 'CreateAgentPayload');
  const input = { agentId: agent.id, isolatedBlockLabels: ['human'] };
  const { conversation } = only(
    (await server.execute(CREATE, { input })).createConversation,
    'CreateConversationPayload',
  );
  expect(conversation.isolatedBlocks).toMatchObject([{ label: 'human', value: 'Ada' }]);
  expect(agent.blocks.map(({ id }) => id)).not.toContain(conversation.isolatedBlocks[0]?.id);

  // Blocks are not edited through the API yet.
  const copy = { where: { id: conversation.isolatedBlocks[0]?.id ?? '' }, data: { value: 'Grace' } };
  await server.deps.db.block.update(copy);
  for (const conversationId of [conversation.id, agent.id])
    await send(server, { conversationId, text: 'Hi', wait: true });
  const [isolated, shared] = server.model.requests.map(({ body }) => body.messages[0]?.content);
  expect(isolated).toContain('Grace');
  expect(isolated).not.toContain('Ada');
  expect(isolated).toContain('Kind');
  expect(shared).toContain('Ada');

  for (const isolatedBlockLabels of [['nobody'], ['human', 'human']]) {
    const refused = await server.execute(CREATE, { input: { ...input, isolatedBlockLabels } });
    expect(only(refused.createConversation, 'InvalidInputError').issues[0]?.path[0]).toBe('isolatedBlockLabels');
  }
  expect((await server.execute(LIST, {})).conversations.totalCount).toBe(3);
});
