import { expect } from 'vitest';
import { newId } from '../../src/ids.ts';
import { runBuiltIn } from '../../src/worker/execution/built-ins/run-built-in.ts';
import { createBlockAgent } from './blocks.ts';
import { type HeldRun, type HoldingServer } from './held-run.ts';
import type { TestServer } from './server.ts';

/** An agent with blocks of these values, and a run of it. */
export async function startRun(server: HoldingServer, ...blocks: Parameters<typeof createBlockAgent>[1][]) {
  const agent = await createBlockAgent(server, ...blocks);
  const ids = Object.fromEntries(agent.blocks.map(({ label, id }) => [label, id]));
  const run = await server.holdRun(agent.defaultConversation.id);
  return { agent, run, idOf: (label: string) => ids[label] ?? expect.fail(`no block ${label}`) };
}

export function use(
  server: TestServer,
  run: HeldRun,
  name: string,
  given: object,
  id = newId('ToolCall'),
): Promise<string> {
  return runBuiltIn(server.deps, run, name, { id, arguments: given as Record<string, unknown> });
}

/** What the model is told when a call is refused. */
export async function refusal(server: TestServer, run: HeldRun, name: string, given: object): Promise<string> {
  const answer = use(server, run, name, given);
  return answer.then(
    (text) => expect.fail(`not refused: ${text}`),
    (error: Error) => error.message,
  );
}

export const label = 'human';
