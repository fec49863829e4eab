import { expect, vi } from 'vitest';
import type { Tx } from '../../src/store/database.ts';
import type { FirstPageQuery } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { createClient, type TestClient } from './client.ts';

export const CONVERSATION_UPDATES = graphql(`
  subscription ConversationUpdates($agentId: ID) {
    conversationUpdates(agentId: $agentId) {
      __typename
      ... on ConversationChanged {
        conversation {
          ...Item
        }
      }
      ... on ConversationRemoved {
        conversationId
      }
    }
  }

  fragment Item on Conversation {
    id
    status
    summary
    lastActivityAt
    lastRun {
      id
      status
    }
    lastMessage {
      __typename
      id
    }
  }
`);

const FIRST_PAGE = graphql(`
  query FirstPage {
    conversations(first: 200, orderBy: { field: LAST_ACTIVITY_AT, direction: DESC }) {
      nodes {
        ...Item
      }
    }
  }
`);

const SUMMARIZE = graphql(`
  mutation Summarize($id: ID!, $summary: String) {
    updateConversation(input: { id: $id, summary: $summary }) {
      __typename
    }
  }
`);

export type Item = FirstPageQuery['conversations']['nodes'][number];

/** What happened to a conversation; a string when it is gone. */
export type Update = Item | string;

/** A client that shows the list of conversations, with a socket of its own. After its first page it only listens. */
export interface Sidebar extends AsyncDisposable {
  /** The list, the newest activity first. */
  items(): Item[];
  /** What it was told, in order; grows. */
  updates: Update[];
  /** Resolves when the newest update of the conversation is meant; waits for it. */
  shows(conversationId: string, fields: object): Promise<void>;
  /** Resolves when it was told that the conversation is gone. */
  loses(conversationId: string): Promise<void>;
}

export async function openSidebar(url: string, variables: { agentId?: string } = {}): Promise<Sidebar> {
  const client = createClient(url);
  const updates: Update[] = [];
  const items = new Map<string, Item>();
  let isLoaded = false;
  const listening = listen();
  listening.catch(() => {}); // reported when it is closed
  for (const item of await readItems(client)) items.set(item.id, item);
  isLoaded = true;
  updates.forEach(apply);
  return {
    items: () => [...items.values()].toSorted(byActivity),
    updates,
    shows: (id, fields) => eventually(() => expect(newest(id)).toMatchObject({ id, ...fields })),
    loses: (id) => eventually(() => expect(newest(id)).toBe(id)),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await listening;
    },
  };

  async function listen() {
    for await (const { conversationUpdates: update } of client.subscribe(CONVERSATION_UPDATES, variables)) {
      updates.push(update.__typename === 'ConversationChanged' ? update.conversation : update.conversationId);
      if (isLoaded) apply(updates.at(-1)!);
    }
  }

  function apply(update: Update) {
    if (typeof update === 'string') items.delete(update);
    else items.set(update.id, update);
  }

  function newest(id: string): Update | undefined {
    return updates.findLast((update) => update === id || (typeof update === 'object' && update.id === id));
  }
}

/** What a client sees that asks now. */
export async function readItems(client: TestClient): Promise<Item[]> {
  return (await client.execute(FIRST_PAGE, {})).conversations.nodes;
}

export async function summarize(client: TestClient, id: string, summary: string): Promise<void> {
  await client.execute(SUMMARIZE, { id, summary });
}

/** Changes the conversation, and waits until the sidebar shows it. */
export async function mark(client: TestClient, sidebar: Sidebar, id: string, summary: string): Promise<void> {
  await summarize(client, id, summary);
  await sidebar.shows(id, { summary });
}

/** As another node does it whose hint is lost. */
export async function changeWithoutHint(tx: Pick<Tx, '$executeRaw'>, id: string, summary: string): Promise<void> {
  await tx.$executeRaw`
    WITH head AS (UPDATE "ConversationHead" SET "changedAt" = clock_timestamp() WHERE "conversationId" = ${id})
    UPDATE "Conversation" SET summary = ${summary} WHERE id = ${id}`;
}

export function eventually(check: () => unknown): Promise<void> {
  return vi.waitFor(async () => void (await check()), { timeout: 10_000, interval: 20 });
}

function byActivity(one: Item, other: Item): number {
  if (one.lastActivityAt !== other.lastActivityAt) return one.lastActivityAt < other.lastActivityAt ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
