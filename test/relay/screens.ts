import { fetchQuery, type IEnvironment } from 'relay-runtime';
import { expect } from 'vitest';
import runsFragment, { type AgentRuns_agent$key } from './__generated__/AgentRuns_agent.graphql.ts';
import runsQuery, { type AgentRunsQuery } from './__generated__/AgentRunsQuery.graphql.ts';
import historyFragment, {
  type ConversationHistory_conversation$key,
} from './__generated__/ConversationHistory_conversation.graphql.ts';
import historyQuery, { type ConversationHistoryQuery } from './__generated__/ConversationHistoryQuery.graphql.ts';
import listFragment, { type ConversationList_query$key } from './__generated__/ConversationList_query.graphql.ts';
import listQuery, { type ConversationListQuery } from './__generated__/ConversationListQuery.graphql.ts';
import { loadPage, readFragment } from './fragment.ts';

export function idsOf({ edges }: { edges: readonly { node: { id: string } }[] }): string[] {
  return edges.map(({ node }) => node.id);
}

/** The sidebar: the first page, what the store holds of the list, and the next page. */
export async function openConversationList(environment: IEnvironment, variables: ConversationListQuery['variables']) {
  const key = await fetchQuery<ConversationListQuery>(environment, listQuery, variables).toPromise();
  if (!key) return expect.fail('no answer');
  const read = () => readFragment<ConversationList_query$key>(environment, listFragment, key).conversations;
  const loadNext = () =>
    loadPage(environment, listFragment, key, {
      direction: 'forward',
      count: variables.count,
      cursor: read().pageInfo.endCursor,
    });
  return { read, loadNext };
}

/** One conversation: its last page, what the store holds of the history, and the page before. */
export async function openHistory(environment: IEnvironment, variables: ConversationHistoryQuery['variables']) {
  const answer = await fetchQuery<ConversationHistoryQuery>(environment, historyQuery, variables).toPromise();
  const key = answer?.conversation ?? expect.fail('the conversation is gone');
  const read = () => readFragment<ConversationHistory_conversation$key>(environment, historyFragment, key).messages;
  const loadPrevious = () =>
    loadPage(environment, historyFragment, key, {
      direction: 'backward',
      count: variables.count,
      cursor: read().pageInfo.startCursor,
    });
  return { eventCursor: key.eventCursor, read, loadPrevious };
}

/** The ended runs of an agent: the first page, what the store holds of them, and the next page. */
export async function openAgentRuns(environment: IEnvironment, variables: AgentRunsQuery['variables']) {
  const answer = await fetchQuery<AgentRunsQuery>(environment, runsQuery, variables).toPromise();
  const key = answer?.node?.agent ?? expect.fail('the agent is gone');
  const read = () => readFragment<AgentRuns_agent$key>(environment, runsFragment, key).runs;
  const loadNext = () =>
    loadPage(environment, runsFragment, key, {
      direction: 'forward',
      count: variables.count,
      cursor: read().pageInfo.endCursor,
    });
  return { read, loadNext };
}
