import type { Deps, Viewer } from '../services/deps.ts';
import type { Loaders } from './loaders.ts';

/** What every resolver gets: one per operation. */
export interface Context {
  deps: Deps;
  viewer: Viewer;
  /** Replaced by the plugin `freshLoaders`. */
  loaders: Loaders;
  /** Aborts when the client gives the request up. A socket does not say. */
  signal?: AbortSignal | undefined;
  /** Of a request over HTTP. A socket's client names its cursor as `after`. */
  resumption?: Resumption | undefined;
}

/** How a client resumes an event stream by headers alone. */
export interface Resumption {
  /** The cursor of the last event that the client has. Comes before `after`, which the client sends as it did the first time. */
  readonly lastEventId: string | undefined;
  /** The cursor of the event that is being delivered. */
  eventId?: string;
  /** Nothing comes behind `lastEventId`. */
  isEnded?: boolean;
}
