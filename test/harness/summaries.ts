import type { CreateAgentInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { captureExchanges } from './capture.ts';
import { type Part } from './fake-openai.ts';
import { only } from './only.ts';
import { type TestServer } from './server.ts';

/** Creates an agent, and returns its conversation with so many exchanges in it. */
export async function conversationOf(server: TestServer, input: Partial<CreateAgentInput> = {}, exchanges = 6) {
  const { createAgent } = await server.execute(CREATE_AGENT, { input: { name: 'Ada', ...input } });
  const { defaultConversation } = only(createAgent, 'CreateAgentPayload').agent;
  await captureExchanges(server, defaultConversation.id, exchanges);
  return defaultConversation.id;
}

export const lastBody = ({ model }: TestServer) => model.requests.at(-1)!.body;

export const calls: Part[] = ['I will look.', { toolCall: { name: 'lookup', arguments: {} } }];

const CREATE_AGENT = graphql(`
  mutation CreateAgentToCompact($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          defaultConversation {
            id
          }
        }
      }
    }
  }
`);
