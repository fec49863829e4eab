import { expect } from 'vitest';
import type { ConversationEventsSubscription, SendMessageInput } from '../graphql/graphql.ts';
import type { TestClient } from './client.ts';
import { CONVERSATION_EVENTS, FIRST_AGENT, HISTORY, NEW_CONVERSATION, RUN, RUN_EVENTS, SEND } from './documents.ts';
import { only } from './only.ts';

export type Edge = ConversationEventsSubscription['conversationEvents'];

/** The default conversation of the agent that the first start made. */
export async function firstConversation(client: TestClient): Promise<string> {
  const { agents } = await client.execute(FIRST_AGENT, {});
  return agents.nodes[0]?.defaultConversation.id ?? expect.fail('there is no agent');
}

export async function newConversation(client: TestClient, ofAgent?: string): Promise<string> {
  const agentId = ofAgent ?? (await client.execute(FIRST_AGENT, {})).agents.nodes[0]?.id ?? '';
  const created = await client.execute(NEW_CONVERSATION, { agentId });
  return only(created.createConversation, 'CreateConversationPayload').conversation.id;
}

/** Sends, expects it to be accepted, and returns the run. */
export async function send(client: TestClient, input: SendMessageInput) {
  return only((await client.execute(SEND, { input })).sendMessage, 'SendMessagePayload').run;
}

export async function history(client: TestClient, conversationId: string) {
  const { conversation } = await client.execute(HISTORY, { conversationId });
  return conversation ?? expect.fail('the conversation is gone');
}

export async function readRun(client: TestClient, runId: string) {
  return (await client.execute(RUN, { runId })).run ?? expect.fail('the run is gone');
}

/** Every event of a run, up to its end. */
export async function runEvents(client: TestClient, runId: string, after?: string): Promise<Edge[]> {
  return (await Array.fromAsync(client.subscribe(RUN_EVENTS, { runId, after }))).map((data) => data.runEvents);
}

/** Follows a conversation until `isLast` says so. */
export async function eventsUntil(
  client: TestClient,
  variables: { conversationId: string; after?: string | null; deltas?: boolean },
  isLast: (edge: Edge) => boolean,
): Promise<Edge[]> {
  const edges: Edge[] = [];
  for await (const { conversationEvents } of client.subscribe(CONVERSATION_EVENTS, variables)) {
    edges.push(conversationEvents);
    if (isLast(conversationEvents)) break;
  }
  return edges;
}

export const isEnd = ({ node }: Edge) => node.__typename === 'RunFinished';

export const isRestart = ({ node }: Edge) => node.__typename === 'StepRestarted';

/** Of a tool call that went to this status. */
export const isCall =
  (status: string) =>
  ({ node }: Edge) =>
    node.__typename === 'ToolCallUpdated' && node.callStatus === status;

export const typesOf = (edges: Edge[]) => edges.map(({ node }) => node.__typename);

/** The text of all deltas of a kind, put together. */
export function textOf(edges: Edge[], type: 'AssistantTextDelta' | 'ReasoningDelta' = 'AssistantTextDelta'): string {
  return edges.map(({ node }) => (node.__typename === type ? node.delta : '')).join('');
}
