import type { ToolRuleInput } from '../graphql/graphql.ts';
import { only } from './only.ts';
import { startTestServer, type TestServer } from './server.ts';
import { send } from './talk.ts';
import { tryRules } from './tool-rules.ts';
import { testTool } from './test-tool.ts';

export const call = (name: string, toolArguments: unknown = {}) => ({ toolCall: { name, arguments: toolArguments } });

/** A server whose tools are a, b and c, and an agent with these rules; its tools note their arguments in `runs`. */
export async function startRuled(
  toolRules: ToolRuleInput[],
  plan: Record<string, Parameters<typeof testTool>[1]> = {},
) {
  const runs: [name: string, given: object][] = [];
  const tools = ['a', 'b', 'c'].map((name) =>
    testTool(name, {
      run: async (request) => {
        runs.push([name, request.arguments]);
        return `${name} done`;
      },
      ...plan[name],
    }),
  );
  const server = await startTestServer(new Map(tools));
  const { agent } = only(await tryRules(server, toolRules), 'CreateAgentPayload');
  const conversationId = agent.defaultConversation.id;
  // A new agent has the built-in tools.
  await server.deps.db.agentTool.deleteMany({ where: { agentId: agent.id } });
  return {
    server,
    conversationId,
    runs,
    go: (maxSteps?: number) => send(server, { conversationId, text: 'Go', wait: true, maxSteps }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What each request offered, and what it demanded. */
export function offers({ model }: TestServer) {
  return model.requests.map(({ body }) => {
    const names = (body.tools ?? []).map((tool) => tool.function.name).join('');
    const choice = body.tool_choice as string | { function: { name: string } } | undefined;
    return [names, typeof choice === 'object' ? `!${choice.function.name}` : choice].filter(Boolean).join(' ');
  });
}
