import { graphql } from '../graphql/index.ts';
import { startFakeOpenAi, type Part } from './fake-openai.ts';
import { judges, type JudgedBody } from './judges.ts';
import { only } from './only.ts';
import { startOwnServer } from './server.ts';
import { testTool } from './test-tool.ts';

const CREATE_AT = graphql(`
  mutation CreateAt($input: CreateAgentInput!) {
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

/**
 * A server with one provider for each of these judges, which refuses what the judge does. `choiceOf`: what its configuration says
 * beside the name and the address; `modelOf`: the name of its model.
 */
export async function startStrict(
  names: string[],
  choiceOf: (name: string) => object,
  modelOf: (name: string) => string = (name) => name,
) {
  await using stack = new AsyncDisposableStack();
  const endpoint = stack.use(await startFakeOpenAi());
  const judgeOf = new Map(names.map((name) => [modelOf(name), judges[name]]));
  endpoint.refuses((body) => judgeOf.get(body.model)?.(body as unknown as JudgedBody));
  const providers = names.map((name) => ({
    name: `at-${name}`,
    baseUrl: endpoint.baseUrl,
    models: [{ name: modelOf(name), contextWindow: 100_000 }],
    ...choiceOf(name),
  }));
  const tools = new Map(['look', 'wait'].map((name) => testTool(name)));
  const server = stack.use(await startOwnServer({ PROVIDERS: JSON.stringify(providers), MODEL_TRIES: '1' }, tools));
  const all = stack.move();
  return {
    server,
    endpoint,
    tools,
    /** A new agent whose model is at the judge's endpoint, and its conversation. */
    async talkTo(name: string) {
      const input = { name, model: `at-${name}/${modelOf(name)}`, includeBaseTools: false };
      const { agent } = only((await server.execute(CREATE_AT, { input })).createAgent, 'CreateAgentPayload');
      endpoint.forgetAnswers();
      endpoint.requests.length = 0;
      return agent.defaultConversation.id;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

export type Strict = Awaited<ReturnType<typeof startStrict>>;

export const calls = (name: string, given: unknown, more: { id?: string; extra?: object } = {}): Part => ({
  toolCall: { name, arguments: given, ...more },
});
