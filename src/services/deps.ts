import type { Tools } from '../agent/tool.ts';
import type { ConversationFeed } from '../events/conversation-feed.ts';
import type { DeltaWriter } from '../events/delta-writer.ts';
import type { Follower } from '../events/follow.ts';
import type { Wakeups } from '../events/wakeups.ts';
import type { Models } from '../llm/registry.ts';
import type { Logger } from '../log.ts';
import type { Db, Sql } from '../store/database.ts';

/** Everything that lives as long as the process. Built in app.ts; each service takes only what it touches. */
export interface Deps {
  log: Logger;
  db: Db;
  sql: Sql;
  wakeups: Wakeups;
  follower: Follower;
  conversationFeed: ConversationFeed;
  deltas: DeltaWriter;
  models: Models;
  /** By name: what runs on this server. */
  tools: Tools;
  /** How long a call may wait for its decision; 0: for ever. */
  approvalTimeoutMs: number;
  images: ImageOptions;
}

export interface ImageOptions {
  /** `fetch`: the server downloads an image when it is sent. `pass`: the provider gets its URL. */
  urls: 'fetch' | 'pass';
  /** Whether the server may download from addresses that are not public, such as this machine. */
  allowsPrivate: boolean;
  /** The timeout of all downloads of one send together. */
  timeoutMs: number;
}

/** Who asks. Everything that is read or written is looked up with the organization in its predicate. */
export interface Viewer {
  id: string;
  organizationId: string;
  name: string | null;
}
