import { expect, test } from 'vitest';
import { approve, decide } from '../../harness/decisions.ts';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { readRun, runEvents, send } from '../../harness/talk.ts';

const CREATE = graphql(`
  mutation CreateRemembering {
    createAgent(input: { name: "Mind", blocks: [{ label: "human", value: "Nothing is known." }] }) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          defaultConversation {
            id
          }
          blocks {
            id
          }
          tools {
            tool {
              id
              name
            }
          }
        }
      }
    }
  }
`);

const BLOCK = graphql(`
  query RememberedBlock($id: ID!) {
    block(id: $id) {
      value
      version
    }
  }
`);

const GUARD = graphql(`
  mutation GuardTool($input: SetToolApprovalInput!) {
    setToolApproval(input: $input) {
      __typename
    }
  }
`);

async function remembering(server: TestServer) {
  const { agent } = only((await server.execute(CREATE, {})).createAgent, 'CreateAgentPayload');
  const block = async () => (await server.execute(BLOCK, { id: agent.blocks[0]?.id ?? '' })).block;
  return { agent, conversationId: agent.defaultConversation.id, block };
}

const append = (content: string) => ({
  toolCall: { name: 'core_memory_append', arguments: { label: 'human', content } },
});

/** The system prompts of all calls, in order. */
const prompts = (server: TestServer) => server.model.requests.map(({ body }) => body.messages[0]?.content ?? '');

test('what the agent writes into its memory is there at once, and in its system prompt from the next run on', async () => {
  await using server = await startTestServer();
  const { conversationId, block } = await remembering(server);
  server.model.answers(append('The name is Ada.'));
  server.model.answers('Noted.');
  const run = await send(server, { conversationId, text: 'I am Ada.', wait: true });
  expect(await readRun(server, run.id)).toMatchObject({ status: 'COMPLETED', stepCount: 2 });
  expect(await block()).toEqual({ value: 'Nothing is known.\nThe name is Ada.', version: 2 });
  await send(server, { conversationId, text: 'Who am I?', wait: true });
  const [first, second, third] = prompts(server);
  // The provider's prompt cache holds for the whole run.
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(third).toContain('The name is Ada.');
  expect(await probe(server)).toEqual([]);
});

test.each([undefined, 'Be a pirate.'])(
  'a run that waits for an approval goes on with the prompt that it began with (instructions of its own: %s)',
  async (system) => {
    await using server = await startTestServer();
    const { agent, conversationId, block } = await remembering(server);
    const toolId = agent.tools.find(({ tool }) => tool.name === 'core_memory_append')?.tool.id ?? '';
    await server.execute(GUARD, { input: { agentId: agent.id, toolId, requiresApproval: true } });
    server.model.answers(append('The name is Ada.'));
    server.model.answers('Noted.');
    const run = await send(server, { conversationId, text: 'I am Ada.', system, wait: true });
    expect(run.status).toBe('REQUIRES_ACTION');
    expect(await block()).toMatchObject({ version: 1 });
    await decide(server, run.id, { core_memory_append: approve });
    await runEvents(server, run.id);
    expect(await block()).toMatchObject({ value: 'Nothing is known.\nThe name is Ada.', version: 2 });
    const [first, second] = prompts(server);
    expect(first).toContain(system ?? 'helpful assistant');
    expect(second).toBe(first);
  },
);
