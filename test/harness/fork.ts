import type { ForkConversationInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import type { TestClient } from './client.ts';
import { only } from './only.ts';

const FORK = graphql(`
  mutation ForkConversation($input: ForkConversationInput!) {
    forkConversation(input: $input) {
      __typename
      ... on ForkConversationPayload {
        conversation {
          ...Fork
        }
      }
      ... on Error {
        code
        message
      }
      ... on NotFoundError {
        missingId
      }
    }
  }

  fragment Fork on Conversation {
    id
    isDefault
    summary
    model
    modelSettings {
      temperature
    }
    status
    eventCursor
    lastRunCompletion
    lastMessageAt
    lastActivityAt
    createdAt
    agent {
      id
    }
    lastRun {
      id
    }
    isolatedBlocks {
      id
      label
      value
    }
    messages(first: 200) {
      nodes {
        ...Copy
      }
    }
    contextMessages {
      id
    }
  }

  fragment Copy on Message {
    __typename
    id
    position
    inContext
    otid
    senderId
    groupId
    createdAt
    run {
      id
    }
    step {
      id
    }
    ... on SystemMessage {
      text
    }
    ... on UserMessage {
      text
      name
    }
    ... on AssistantMessage {
      text
      model
    }
    ... on ReasoningMessage {
      text
    }
    ... on SummaryMessage {
      summary
      keptFromPosition
      covers {
        nodes {
          position
        }
      }
    }
    ... on ToolCallMessage {
      toolCalls {
        id
        name
        status
        result
      }
    }
    ... on ToolReturnMessage {
      toolCalls {
        id
        name
        status
        result
      }
    }
  }
`);

const READ_FORK = graphql(`
  query ReadFork($id: ID!) {
    conversation(id: $id) {
      ...Fork
    }
  }
`);

export async function tryFork(client: TestClient, input: ForkConversationInput) {
  return (await client.execute(FORK, { input })).forkConversation;
}

export async function fork(client: TestClient, input: ForkConversationInput) {
  return only(await tryFork(client, input), 'ForkConversationPayload').conversation;
}

/** A conversation in the shape in which a fork is returned. */
export async function readFork(client: TestClient, id: string) {
  return (await client.execute(READ_FORK, { id })).conversation;
}

type Copied = Awaited<ReturnType<typeof fork>>['messages']['nodes'][number];

/** What a message and its copy have in common. */
export function essence({ id: _id, run: _run, ...rest }: Copied) {
  return rest;
}
