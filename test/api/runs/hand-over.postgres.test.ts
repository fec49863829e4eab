import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { afterStatements } from '../../harness/after-statements.ts';
import { CANCEL } from '../../harness/documents.ts';
import { startHoldingServer } from '../../harness/held-run.ts';
import { newConversation, readRun, send } from '../../harness/talk.ts';

const STATUS = graphql(`
  query StatusAtHandOver($id: ID!) {
    conversation(id: $id) {
      status
    }
  }
`);

const ACTIVE_RUN = graphql(`
  query ActiveRunAtHandOver($id: ID!) {
    conversation(id: $id) {
      status
      activeRun {
        id
        status
        completedAt
        steps {
          id
        }
      }
    }
  }
`);

/** When the head of the conversation was read, `work` is done before anything else is. */
function afterHeadIsRead(conversationId: string, work: () => Promise<unknown>): Disposable {
  const isIt = (statement: string) => statement.includes('ConversationHead') && statement.includes(conversationId);
  return afterStatements((statement) => isIt(statement) && !statement.includes('UPDATE'), work);
}

/** What is read of a conversation whose run ends, and hands over to the next, just after its head was read. */
async function readAtHandOver<Data>(document: TypedDocumentNode<Data, { id: string }>) {
  await using server = await startHoldingServer();
  server.model.holdCalls();
  const id = await newConversation(server);
  const { runId } = await server.holdRun(id);
  await send(server, { conversationId: id, text: 'And then?', onBusy: 'ENQUEUE' });
  using _ = afterHeadIsRead(id, () => server.execute(CANCEL, { runId }));
  const data = await server.execute(document, { id });
  expect(await readRun(server, runId)).toMatchObject({ status: 'CANCELLED' });
  (await server.model.nextCall()).stops();
  return { runId, data };
}

test('a conversation is not idle while one queued run follows another', async () => {
  const { data } = await readAtHandOver(STATUS);
  expect(data.conversation?.status).toBe('RUNNING');
});

test('the active run is one that had not ended when the status of the conversation was read', async () => {
  const { data, runId } = await readAtHandOver(ACTIVE_RUN);
  expect(data.conversation).toEqual({
    status: 'RUNNING',
    activeRun: { id: runId, status: 'RUNNING', completedAt: null, steps: [] },
  });
});
