import { graphql } from '../graphql/index.ts';
import type { FakeRequest } from './fake-openai.ts';
import { only } from './only.ts';
import type { TestServer } from './server.ts';

/** In tokens. */
export const WINDOW = 2000;

/** An agent with a small window and no memory tools, and its conversation. */
export async function smallAgent(server: TestServer, input: { system?: string; contextWindow?: number } = {}) {
  const created = await server.execute(CREATE_SMALL, {
    input: { name: 'Small', contextWindow: WINDOW, includeBaseTools: false, ...input },
  });
  return only(created.createAgent, 'CreateAgentPayload').agent.defaultConversation.id;
}

/** The system prompt of an agent says which agent it is; that of a summariser does not. */
export const isSummary = ({ messages }: FakeRequest['body']) => !messages[0]?.content?.includes('AGENT_ID');

const CREATE_SMALL = graphql(`
  mutation CreateSmall($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
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
