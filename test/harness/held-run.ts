import type { RunSetup } from '../../src/services/runs/run-setup.ts';
import type { ClaimedRun } from '../../src/worker/execution/read-run.ts';
import type { FakeCall } from './fake-openai.ts';
import { startTestServer, type TestServer } from './server.ts';
import { send } from './talk.ts';

/** A run in the middle of a model call, with the claim of its worker. */
export interface HeldRun extends ClaimedRun {
  call: FakeCall;
}

export interface HoldingServer extends TestServer {
  /** Sends, and returns when the model has been asked. */
  holdRun(conversationId: string, text?: string): Promise<HeldRun>;
}

/** A server whose runs can be held. It ends the calls of those that are, or its end would wait for them. */
export async function startHoldingServer(): Promise<HoldingServer> {
  const server = await startTestServer();
  const calls: FakeCall[] = [];
  return {
    ...server,
    async holdRun(conversationId, text = 'Go on.') {
      const [call, { id: runId }] = await Promise.all([
        server.model.nextCall(),
        send(server, { conversationId, text }),
      ]);
      calls.push(call);
      const { db } = server.deps;
      const { organizationId, claim } = await db.run.findUniqueOrThrow({ where: { id: runId } });
      const [row] = await db.$queryRaw<{ setup: RunSetup }[]>`SELECT setup FROM "Run" WHERE id = ${runId}`;
      const { signal } = new AbortController();
      return { organizationId, conversationId, runId, claim, setup: row!.setup, signal, call };
    },
    async [Symbol.asyncDispose]() {
      for (const call of calls) if (!call.isOver()) call.stops();
      await server[Symbol.asyncDispose]();
    },
  };
}
