const FIRST_TAB = `# Parley: three operations to run, with the button above.

query Agents {
  agents(first: 5) {
    nodes { id name model defaultConversation { id status } }
  }
}

# Sends a message, and waits for the answer.
mutation Send($conversationId: ID!) {
  sendMessage(input: { conversationId: $conversationId, text: "Hello! Who are you?", wait: true }) {
    ... on SendMessagePayload {
      run { id status messages(first: 10) { nodes { __typename ... on AssistantMessage { text } } } }
    }
    ... on Error { code message }
  }
}

# Shows an answer while it is written: run this, then Send in a second tab.
subscription Watch($conversationId: ID!) {
  conversationEvents(conversationId: $conversationId) {
    cursor
    node { __typename ... on AssistantTextDelta { delta } ... on RunFinished { status stopReason } }
  }
}
`;

/** Options of GraphiQL. The first tab runs as it stands, with the agent `agentId`. */
export function graphiqlOptions(agentId: string | undefined) {
  const variables = JSON.stringify({ conversationId: agentId ?? 'the id of an agent or a conversation' }, null, 2);
  return { title: 'Parley', subscriptionsProtocol: 'WS' as const, defaultTabs: [{ query: FIRST_TAB, variables }] };
}
