import { expect } from 'vitest';
import { newId } from '../../src/ids.ts';
import type { CreateAgentInput, CreateToolInput, UpdateToolInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { only } from './only.ts';
import type { TestServer } from './server.ts';

export const CREATE_TOOL = graphql(`
  mutation CreateTool($input: CreateToolInput!) {
    createTool(input: $input) {
      __typename
      ... on CreateToolPayload {
        tool {
          ...ToolFields
        }
      }
      ...ToolErrors
    }
  }

  fragment ToolFields on Tool {
    id
    name
    description
    parameters
    kind
    returnLimit
    requiresApproval
    idempotent
    parallel
    createdAt
    updatedAt
  }

  fragment ToolErrors on Error {
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
  }
`);

const UPDATE_TOOL = graphql(`
  mutation UpdateTool($input: UpdateToolInput!) {
    updateTool(input: $input) {
      __typename
      ... on UpdateToolPayload {
        tool {
          ...ToolFields
        }
      }
      ...ToolErrors
    }
  }
`);

const DELETE_TOOL = graphql(`
  mutation DeleteTool($id: ID!) {
    deleteTool(input: { id: $id }) {
      __typename
      ... on DeleteToolPayload {
        deletedId
      }
      ...ToolErrors
    }
  }
`);

const ATTACH_TOOL = graphql(`
  mutation AttachTool($input: AttachToolInput!) {
    attachTool(input: $input) {
      __typename
      ... on AttachToolPayload {
        agent {
          ...AgentTools
        }
        tool {
          id
        }
      }
      ...ToolErrors
    }
  }

  fragment AgentTools on Agent {
    id
    tools {
      requiresApproval
      tool {
        id
        name
      }
    }
  }
`);

const DETACH_TOOL = graphql(`
  mutation DetachTool($input: DetachToolInput!) {
    detachTool(input: $input) {
      __typename
      ... on DetachToolPayload {
        agent {
          ...AgentTools
        }
        tool {
          id
        }
      }
      ...ToolErrors
    }
  }
`);

const SET_TOOL_APPROVAL = graphql(`
  mutation SetToolApproval($input: SetToolApprovalInput!) {
    setToolApproval(input: $input) {
      __typename
      ... on SetToolApprovalPayload {
        agent {
          ...AgentTools
        }
        tool {
          id
        }
      }
      ...ToolErrors
    }
  }
`);

const TOOL = graphql(`
  query Tool($id: ID!) {
    tool(id: $id) {
      ...ToolFields
    }
    node(id: $id) {
      __typename
      id
    }
  }
`);

const TOOL_AGENT = graphql(`
  mutation ToolAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          ...AgentTools
        }
      }
      ...ToolErrors
    }
  }
`);

const AGENT_TOOLS = graphql(`
  query AgentToolsOf($id: ID!) {
    agent(id: $id) {
      ...AgentTools
    }
  }
`);

const BUILT_IN_TOOLS = graphql(`
  query BuiltInTools {
    tools(filter: { kind: BUILT_IN }, orderBy: { field: CREATED_AT, direction: ASC }) {
      nodes {
        ...ToolFields
      }
    }
  }
`);

export const WEATHER = {
  name: 'get_weather',
  description: 'Says how the weather is.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** The result, whichever it is. */
export async function tryCreate(server: TestServer, input: Partial<CreateToolInput> = {}) {
  return (await server.execute(CREATE_TOOL, { input: { ...WEATHER, ...input } })).createTool;
}

export async function createTool(server: TestServer, input: Partial<CreateToolInput> = {}) {
  return only(await tryCreate(server, input), 'CreateToolPayload').tool;
}

export async function updateTool(server: TestServer, input: UpdateToolInput) {
  return (await server.execute(UPDATE_TOOL, { input })).updateTool;
}

export async function deleteTool(server: TestServer, id: string) {
  return (await server.execute(DELETE_TOOL, { id })).deleteTool;
}

export async function attach(server: TestServer, agentId: string, toolId: string) {
  return (await server.execute(ATTACH_TOOL, { input: { agentId, toolId } })).attachTool;
}

export async function detach(server: TestServer, agentId: string, toolId: string) {
  return (await server.execute(DETACH_TOOL, { input: { agentId, toolId } })).detachTool;
}

export async function setApproval(
  server: TestServer,
  agentId: string,
  toolId: string,
  requiresApproval: boolean | null,
) {
  return (await server.execute(SET_TOOL_APPROVAL, { input: { agentId, toolId, requiresApproval } })).setToolApproval;
}

/** As `tool` finds it, and `node` must too. */
export async function readTool(server: TestServer, id: string) {
  const { tool, node } = await server.execute(TOOL, { id });
  expect(node).toEqual(tool && { __typename: 'Tool', id });
  return tool;
}

/** The result, whichever it is. */
export async function tryAgent(server: TestServer, input: Partial<CreateAgentInput> = {}) {
  return (await server.execute(TOOL_AGENT, { input: { name: 'Ada', system: 'Be brief.', ...input } })).createAgent;
}

export async function createToolAgent(server: TestServer, input: Partial<CreateAgentInput> = {}) {
  return only(await tryAgent(server, { includeBaseTools: false, ...input }), 'CreateAgentPayload').agent;
}

export async function toolsOf(server: TestServer, agentId: string) {
  const { agent } = await server.execute(AGENT_TOOLS, { id: agentId });
  return agent?.tools ?? expect.fail('the agent is gone');
}

export const namesOf = (tools: { tool: { name: string } }[]) => tools.map(({ tool }) => tool.name);

export async function readBuiltIn(server: TestServer) {
  return (await server.execute(BUILT_IN_TOOLS, {})).tools.nodes;
}

/** Many tools in a moment; returns their ids. */
export async function storeTools(
  { deps: { db }, viewer: { organizationId } }: TestServer,
  count: number,
): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => ({
    ...WEATHER,
    id: newId('Tool'),
    organizationId,
    name: `t${index}`,
    kind: 'CLIENT' as const,
    returnLimit: 50_000,
  }));
  await db.tool.createMany({ data: rows });
  return rows.map(({ id }) => id);
}

/** Makes the tools those of an organization that the viewer is not in. */
export async function giveAwayTools({ deps: { db } }: TestServer, ...ids: string[]): Promise<void> {
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  await db.tool.updateMany({ where: { id: { in: ids } }, data: { organizationId } });
}
