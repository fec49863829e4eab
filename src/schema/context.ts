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
}
