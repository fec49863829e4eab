import pg from 'pg';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createClient } from '../harness/client.ts';
import { startFakeOpenAi } from '../harness/fake-openai.ts';

/** A real server with a worker on the seeded database, and a model that answers when it is told to. */
export interface CompactionTarget extends AsyncDisposable {
  answerAfter(delayMs: number): void;
  /** In the conversation of the agent that has this model. */
  compact(model: 'estimated' | 'counted', settings: string): Promise<Compaction>;
  undo(summaryId: string): Promise<void>;
}

interface Compaction {
  summaryId: string;
  /** Of the model. */
  calls: number;
  /** Messages that left the context. */
  left: number;
  statements: number;
}

const models = [
  { name: 'estimated', contextWindow: 2_000_000 },
  { name: 'counted', contextWindow: 2_000_000 },
  { name: 'small', contextWindow: 128_000 },
];

export async function openCompactionTarget(databaseUrl: string): Promise<CompactionTarget> {
  await using opened = new AsyncDisposableStack();
  const model = opened.use(await startFakeOpenAi());
  const PROVIDERS = JSON.stringify([{ name: 'local', baseUrl: model.baseUrl, models }]);
  const config = readConfig({ PORT: '0', DATABASE_URL: databaseUrl, PROVIDERS, DEFAULT_MODEL: 'local/estimated' });
  const { deps, server } = opened.use(await startApp(config, createLog('silent')));
  // Only a model of OpenAI has a known tokenizer, and this one is none.
  Object.assign(deps.models.resolve('local/counted')!, { tokenizer: 'o200k_base' });
  const { request } = opened.use(createClient(server?.url ?? ''));
  const statements = opened.use(countStatements());
  const owned = opened.move();
  return {
    answerAfter: (delayMs) => model.responds(() => [...(delayMs > 0 ? [{ delayMs }] : []), 'They spoke of Latin.']),
    async compact(name, settings) {
      const before = statements.count();
      const data = await ask<Answer>(`mutation {
        compactConversation(input: { conversationId: "${CONVERSATIONS[name]}", wait: true, settings: ${settings} }) {
          ... on CompactConversationPayload { messagesBefore messagesAfter summaryMessage { id } }
          ... on Error { message }
        }
      }`);
      const { messagesBefore, messagesAfter, summaryMessage, message } = data.compactConversation;
      if (!summaryMessage) throw new Error(message);
      const calls = model.requests.splice(0).length;
      const left = messagesBefore - messagesAfter + 1;
      return { summaryId: summaryMessage.id, calls, left, statements: statements.count() - before };
    },
    async undo(summaryId) {
      const data = await ask<Undone>(`mutation {
        undoCompaction(input: { messageId: "${summaryId}" }) { ... on Error { message } }
      }`);
      if (data.undoCompaction.message) throw new Error(data.undoCompaction.message);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  async function ask<Data>(query: string): Promise<Data> {
    const { data, errors } = await request<Data, object>(query, {});
    if (!data) throw new Error(JSON.stringify(errors));
    return data;
  }
}

interface Answer {
  compactConversation: {
    messagesBefore: number;
    messagesAfter: number;
    summaryMessage: { id: string } | null;
    message: string;
  };
}

interface Undone {
  undoCompaction: { message?: string };
}

/** Of the seeding: one for each model of an agent. */
export const CONVERSATIONS = {
  estimated: 'conv-00000000-0000-7000-8000-000000000001',
  counted: 'conv-00000000-0000-7000-8000-000000000002',
};

/** Counts what this process sends to any database. */
function countStatements() {
  const { query } = pg.Client.prototype;
  let count = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    count += 1;
    return (query as (...args: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  return { count: () => count, [Symbol.dispose]: () => void (pg.Client.prototype.query = query) };
}
