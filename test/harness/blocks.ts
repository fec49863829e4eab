import { expect } from 'vitest';
import { newId } from '../../src/ids.ts';
import type { BlockInput, CreateBlockInput, UpdateBlockInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { FIRST_AGENT } from './documents.ts';
import { only } from './only.ts';
import { startTestServer, type TestServer } from './server.ts';

export const CREATE_BLOCK = graphql(`
  mutation CreateBlock($input: CreateBlockInput!) {
    createBlock(input: $input) {
      __typename
      ... on CreateBlockPayload {
        block {
          ...BlockFields
        }
      }
      ...BlockErrors
    }
  }

  fragment BlockFields on Block {
    id
    label
    value
    description
    limit
    readOnly
    metadata
    version
    isIsolated
    createdAt
    updatedAt
  }

  fragment BlockErrors on Error {
    code
    message
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
    ... on NotFoundError {
      missingId
    }
    ... on VersionConflictError {
      currentVersion
    }
  }
`);

export const UPDATE_BLOCK = graphql(`
  mutation UpdateBlock($input: UpdateBlockInput!) {
    updateBlock(input: $input) {
      __typename
      ... on UpdateBlockPayload {
        block {
          ...BlockFields
        }
      }
      ...BlockErrors
    }
  }
`);

export const DELETE_BLOCK = graphql(`
  mutation DeleteBlock($input: DeleteBlockInput!) {
    deleteBlock(input: $input) {
      __typename
      ... on DeleteBlockPayload {
        deletedId
      }
      ...BlockErrors
    }
  }
`);

export const ATTACH_BLOCK = graphql(`
  mutation AttachBlock($input: AttachBlockInput!) {
    attachBlock(input: $input) {
      __typename
      ... on AttachBlockPayload {
        agent {
          blocks {
            id
            label
          }
        }
        block {
          id
          agents {
            nodes {
              id
            }
          }
        }
      }
      ...BlockErrors
    }
  }
`);

export const DETACH_BLOCK = graphql(`
  mutation DetachBlock($input: DetachBlockInput!) {
    detachBlock(input: $input) {
      __typename
      ... on DetachBlockPayload {
        agent {
          blocks {
            id
            label
          }
        }
        block {
          id
          agents {
            nodes {
              id
            }
          }
        }
      }
      ...BlockErrors
    }
  }
`);

const BLOCK = graphql(`
  query Block($id: ID!) {
    block(id: $id) {
      ...BlockFields
    }
    node(id: $id) {
      __typename
      id
    }
  }
`);

const BLOCK_HISTORY = graphql(`
  query BlockHistory($id: ID!) {
    block(id: $id) {
      history {
        totalCount
        nodes {
          version
          value
          description
          limit
          readOnly
          metadata
          userId
          agentId
          createdAt
        }
      }
    }
  }
`);

const BLOCK_AGENT = graphql(`
  mutation BlockAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          blocks {
            id
            label
          }
          defaultConversation {
            id
          }
        }
      }
      ... on Error {
        message
      }
    }
  }
`);

const AGENT_BLOCKS = graphql(`
  query AgentBlocks($id: ID!) {
    agent(id: $id) {
      blocks {
        id
        label
        value
      }
    }
  }
`);

const ISOLATED_BLOCK = graphql(`
  mutation IsolatedBlock($input: CreateConversationInput!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          id
          isolatedBlocks {
            ...BlockFields
          }
        }
      }
      ... on Error {
        message
      }
    }
  }
`);

/** A server without the blocks of the agent that the first start made. */
export async function startWithoutBlocks(): Promise<TestServer> {
  const server = await startTestServer();
  const { agents } = await server.execute(FIRST_AGENT, {});
  for (const { id } of await blocksOf(server, agents.nodes[0]?.id ?? '')) await deleteBlock(server, id);
  return server;
}

export async function createBlock(server: TestServer, input: Partial<CreateBlockInput> = {}) {
  const whole = { label: 'human', value: 'Ada', ...input };
  return only((await server.execute(CREATE_BLOCK, { input: whole })).createBlock, 'CreateBlockPayload').block;
}

/** The result, whichever it is. */
export async function tryUpdate(server: TestServer, input: UpdateBlockInput) {
  return (await server.execute(UPDATE_BLOCK, { input })).updateBlock;
}

export async function updateBlock(server: TestServer, input: UpdateBlockInput) {
  return only(await tryUpdate(server, input), 'UpdateBlockPayload').block;
}

export async function deleteBlock(server: TestServer, id: string, expectedVersion?: number) {
  return (await server.execute(DELETE_BLOCK, { input: { id, expectedVersion } })).deleteBlock;
}

export async function attach(server: TestServer, agentId: string, blockId: string) {
  return (await server.execute(ATTACH_BLOCK, { input: { agentId, blockId } })).attachBlock;
}

export async function detach(server: TestServer, agentId: string, blockId: string) {
  return (await server.execute(DETACH_BLOCK, { input: { agentId, blockId } })).detachBlock;
}

/** As `block` finds it, and `node` must too. */
export async function readBlock(server: TestServer, id: string) {
  const { block, node } = await server.execute(BLOCK, { id });
  expect(node).toEqual(block && { __typename: 'Block', id });
  return block;
}

export async function readHistory(server: TestServer, id: string) {
  const { block } = await server.execute(BLOCK_HISTORY, { id });
  return block?.history ?? expect.fail('the block is gone');
}

export async function createBlockAgent(server: TestServer, ...blocks: BlockInput[]) {
  const { createAgent } = await server.execute(BLOCK_AGENT, { input: { name: 'Ada', system: 'Be brief.', blocks } });
  return only(createAgent, 'CreateAgentPayload').agent;
}

export async function blocksOf(server: TestServer, agentId: string) {
  const { agent } = await server.execute(AGENT_BLOCKS, { id: agentId });
  return agent?.blocks ?? expect.fail('the agent is gone');
}

/** A conversation with a copy of one block of the agent. */
export async function isolate(server: TestServer, agentId: string, label: string) {
  const input = { agentId, isolatedBlockLabels: [label] };
  const { createConversation } = await server.execute(ISOLATED_BLOCK, { input });
  const { id, isolatedBlocks } = only(createConversation, 'CreateConversationPayload').conversation;
  return { conversationId: id, block: isolatedBlocks[0] ?? expect.fail('no block was copied') };
}

/** Makes the blocks those of an organization that the viewer is not in. */
export async function giveAway({ deps: { db } }: TestServer, ...ids: string[]): Promise<void> {
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  await db.block.updateMany({ where: { id: { in: ids } }, data: { organizationId } });
  await db.blockVersion.updateMany({ where: { blockId: { in: ids } }, data: { organizationId } });
}
