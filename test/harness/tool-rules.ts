import type { CreateAgentInput, ToolRuleInput, UpdateAgentInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import type { TestServer } from './server.ts';

const CREATE = graphql(`
  mutation CreateRuledAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          ...RuledAgent
        }
      }
      ...RuleIssues
    }
  }

  fragment RuledAgent on Agent {
    id
    defaultConversation {
      id
    }
    toolRules {
      __typename
      ... on RunFirstToolRule {
        toolName
        args
      }
      ... on ExitLoopToolRule {
        toolName
      }
      ... on ContinueLoopToolRule {
        toolName
      }
      ... on ConstrainChildToolRule {
        toolName
        children
        childArgs {
          toolName
          args
        }
      }
      ... on ParentLastToolRule {
        toolName
        children
      }
      ... on ConditionalToolRule {
        toolName
        childOutputMapping {
          output
          toolName
        }
        defaultChild
        requireOutputMapping
      }
      ... on MaxCountPerRunToolRule {
        toolName
        limit
      }
      ... on RequiredBeforeExitToolRule {
        toolName
      }
    }
  }

  fragment RuleIssues on InvalidInputError {
    issues {
      path
      message
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateRuledAgent($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
      ... on UpdateAgentPayload {
        agent {
          ...RuledAgent
        }
      }
      ...RuleIssues
    }
  }
`);

/** The result, whichever it is. */
export async function tryRules(server: TestServer, toolRules: ToolRuleInput[], more: Partial<CreateAgentInput> = {}) {
  return (await server.execute(CREATE, { input: { name: 'Ruled', toolRules, ...more } })).createAgent;
}

export async function updateRules(server: TestServer, input: UpdateAgentInput) {
  return (await server.execute(UPDATE, { input })).updateAgent;
}
