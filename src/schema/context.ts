import type { Deps, Viewer } from '../services/deps.ts';
import type { Loaders } from './loaders.ts';

/** What every resolver gets. One per operation; a subscription gets new loaders with every event. */
export interface Context {
  deps: Deps;
  viewer: Viewer;
  loaders: Loaders;
  /** Aborts when the client gives the request up. A socket does not say. */
  signal?: AbortSignal | undefined;
}
