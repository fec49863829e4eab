import { graphql } from '../graphql/index.ts';
import type { TestClient } from './client.ts';

const UNDO = graphql(`
  mutation UndoCompaction($messageId: ID!) {
    undoCompaction(input: { messageId: $messageId }) {
      __typename
      ... on UndoCompactionPayload {
        conversation {
          id
          eventCursor
          contextMessages {
            position
          }
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
    }
  }
`);

const COVERS = graphql(`
  query Covers($ids: [ID!]!, $first: Int, $after: String) {
    nodes(ids: $ids) {
      __typename
      ... on SummaryMessage {
        covers(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            __typename
            position
            inContext
          }
        }
      }
    }
  }
`);

export async function undoCompaction(client: TestClient, messageId: string) {
  return (await client.execute(UNDO, { messageId })).undoCompaction;
}

/** What each of the summaries stands for; undefined for what is no summary. */
export async function coversOf(
  client: TestClient,
  ids: string[],
  page: { first?: number; after?: string | null } = {},
) {
  const { nodes } = await client.execute(COVERS, { ids, ...page });
  return nodes.map((node) => (node?.__typename === 'SummaryMessage' ? node.covers : undefined));
}

/** The positions of what each of them stands for. */
export async function coveredPositions(client: TestClient, ...ids: string[]) {
  return (await coversOf(client, ids)).map((covers) => covers?.nodes.map(({ position }) => position));
}
