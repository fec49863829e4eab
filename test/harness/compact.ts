import type { CompactConversationInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import type { TestClient } from './client.ts';
import { only } from './only.ts';

const COMPACT = graphql(`
  mutation Compact($input: CompactConversationInput!) {
    compactConversation(input: $input) {
      __typename
      ... on CompactConversationPayload {
        summary
        messagesBefore
        messagesAfter
        summaryMessage {
          id
          position
          keptFromPosition
          compaction {
            trigger
            modeUsed
            model
            contextTokensBefore
            contextTokensAfter
            contextWindow
            messagesBefore
            messagesAfter
          }
        }
        run {
          id
          kind
          status
          stopReason
          usage {
            promptTokens
            cachedInputTokens
          }
        }
        conversation {
          id
          status
          contextMessages {
            __typename
            id
            position
          }
        }
      }
      ... on Error {
        code
        message
      }
      ... on ConversationBusyError {
        run {
          id
        }
      }
      ... on CompactionFailedError {
        messagesBefore
        messagesAfter
      }
    }
  }
`);

export async function tryCompact(client: TestClient, input: CompactConversationInput) {
  return (await client.execute(COMPACT, { input })).compactConversation;
}

/** Compacts, waits for the end, and expects it to have been done. */
export async function compact(client: TestClient, input: CompactConversationInput) {
  return only(await tryCompact(client, { wait: true, ...input }), 'CompactConversationPayload');
}
