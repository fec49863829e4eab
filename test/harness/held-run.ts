import type { Hold } from '../../src/events/change.ts';
import type { FakeCall } from './fake-openai.ts';
import { startTestServer, type TestServer } from './server.ts';
import { send } from './talk.ts';

/** A run in the middle of a model call, with the claim of its worker. */
export interface HeldRun extends Hold {
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
      const { organizationId, claim } = await server.deps.db.run.findUniqueOrThrow({ where: { id: runId } });
      return { organizationId, conversationId, runId, claim, signal: new AbortController().signal, call };
    },
    async [Symbol.asyncDispose]() {
      for (const call of calls) if (!call.isOver()) call.stops();
      await server[Symbol.asyncDispose]();
    },
  };
}
