import { graphql } from 'relay-runtime';

graphql`
  query AgentRunsQuery($agentId: ID!, $count: Int!) {
    node(id: $agentId) {
      ...AgentRuns_agent @alias(as: "agent") @arguments(count: $count)
    }
  }
`;

graphql`
  fragment AgentRuns_agent on Agent
  @argumentDefinitions(
    count: { type: "Int!" }
    cursor: { type: "String" }
    statuses: { type: "[RunStatus!]", defaultValue: [COMPLETED, FAILED] }
  )
  @refetchable(queryName: "AgentRunsPaginationQuery") {
    runs(
      first: $count
      after: $cursor
      filter: { statuses: $statuses }
      orderBy: { field: COMPLETED_AT, direction: DESC, nulls: LAST }
    ) @connection(key: "AgentRuns_runs", filters: ["filter", "orderBy"]) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          ...RunItem_run
        }
      }
    }
  }
`;

graphql`
  fragment RunItem_run on Run {
    status
    stopReason
    completedAt
    usage {
      totalTokens
    }
  }
`;
