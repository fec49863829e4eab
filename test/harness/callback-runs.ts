import { createHmac } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { SendMessageInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { type CallbackReceiver, type ReceivedPost } from './callback-receiver.ts';
import { startOwnServer, type TestServer } from './server.ts';
import { newConversation, send } from './talk.ts';

const SECRET_BYTES = Buffer.alloc(32, 7);

const SECRET = `whsec_${SECRET_BYTES.toString('base64')}`;

const CALLBACK = graphql(`
  query Callback($runId: ID!) {
    run(id: $runId) {
      callback {
        url
        sentAt
        statusCode
        error
      }
    }
  }
`);

export const readCallback = async (server: TestServer, runId: string) =>
  (await server.execute(CALLBACK, { runId })).run?.callback;

export function startCallingServer(environment: Record<string, string> = {}) {
  return startOwnServer({ CALLBACK_ALLOW_PRIVATE: 'true', CALLBACK_SECRET: SECRET, ...environment });
}

export async function sendWith(server: TestServer, { url }: { url: string }, input: Partial<SendMessageInput> = {}) {
  const conversationId = await newConversation(server);
  return send(server, { conversationId, text: 'Hi', callbackUrl: url, ...input });
}

/** Resolves when the try with this number is done with. */
export async function tried(server: TestServer, runId: string, tries: number) {
  await vi.waitFor(
    async () => {
      const { callbackTries, callbackStatusCode, callbackError } = await row(server, runId);
      expect(callbackTries).toBe(tries);
      expect(callbackStatusCode ?? callbackError).not.toBe(null);
    },
    { timeout: 10_000 },
  );
  return readCallback(server, runId);
}

export const row = ({ deps: { db } }: TestServer, runId: string) => db.run.findUniqueOrThrow({ where: { id: runId } });

/** As if the next try were due now; what the last one left is cleared, so that `tried` sees the next. */
export async function passTime(server: TestServer, runId: string) {
  await server.deps.db.run.updateMany({
    where: { id: runId, callbackDueAt: { not: null } },
    data: { callbackDueAt: new Date(0), callbackStatusCode: null, callbackError: null },
  });
  // The end of any run makes the server look.
  await send(server, { conversationId: await newConversation(server), text: 'Hi', wait: true });
}

export function signatureOf({ headers, body }: ReceivedPost): string {
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', SECRET_BYTES).update(content).digest('base64')}`;
}

export async function firstPost({ posts }: CallbackReceiver): Promise<ReceivedPost> {
  return vi.waitFor(() => posts[0] ?? expect.fail('nothing was posted'), { timeout: 5000 });
}
