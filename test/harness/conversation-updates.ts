import { expect } from 'vitest';
import { graphql } from '../graphql/index.ts';
import { type TestServer } from './server.ts';

const NEW_AGENT = graphql(`
  mutation NewAgent {
    createAgent(input: { name: "Another" }) {
      ... on CreateAgentPayload {
        agent {
          id
          defaultConversation {
            id
          }
        }
      }
    }
  }
`);

export async function newAgent(server: TestServer) {
  const { createAgent } = await server.execute(NEW_AGENT, {});
  return 'agent' in createAgent ? createAgent.agent : expect.fail('no agent');
}
