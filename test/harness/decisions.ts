import { expect } from 'vitest';
import type { DecideToolCallsInput, DecisionInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import type { TestClient } from './client.ts';
import { only } from './only.ts';

const DECIDE = graphql(`
  mutation Decide($input: DecideToolCallsInput!) {
    decideToolCalls(input: $input) {
      __typename
      ... on DecideToolCallsPayload {
        run {
          id
          status
          pendingToolCalls {
            id
            name
            status
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
      ... on AlreadyDecidedError {
        toolCalls {
          name
          status
        }
      }
    }
  }
`);

const PENDING = graphql(`
  query Pending($runId: ID!) {
    run(id: $runId) {
      id
      status
      attempt
      conversation {
        id
        status
      }
      pendingToolCalls {
        id
        name
        status
        arguments
        argumentsHash
        approvalExpiresAt
      }
    }
  }
`);

export async function tryDecide(client: TestClient, input: DecideToolCallsInput) {
  return (await client.execute(DECIDE, { input })).decideToolCalls;
}

/** Decides calls by the name of their tool, and expects it to be accepted. Returns the run. */
export async function decide(client: TestClient, runId: string, byName: Record<string, DecisionInput>) {
  const { pendingToolCalls } = await pending(client, runId);
  const decisions = Object.entries(byName).map(([name, decision]) => ({
    toolCallId: pendingToolCalls.find((call) => call.name === name)?.id ?? expect.fail(`${name} does not wait`),
    decision,
  }));
  return only(await tryDecide(client, { runId, decisions }), 'DecideToolCallsPayload').run;
}

/** The run and what it waits for. */
export async function pending(client: TestClient, runId: string) {
  return (await client.execute(PENDING, { runId })).run ?? expect.fail('the run is gone');
}

export const approve: DecisionInput = { approval: { approved: true } };
export const deny = (reason?: string): DecisionInput => ({ approval: { approved: false, reason } });
export const result = (output: string, isError = false): DecisionInput => ({ result: { output, isError } });
