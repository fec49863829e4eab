import type { ModelSettings } from '../agent/model.ts';
import type { Run } from '../store/generated/client.ts';

/** What a send asked for, for this run only; kept in `Run.request`. */
export interface RunRequest {
  maxSteps: number;
  /** A full handle. */
  model: string | null;
  modelSettings: ModelSettings | null;
  system: string | null;
  /** What the client runs itself; missing when it declared none. */
  clientTools?: { name: string; description?: string | null | undefined; parameters: unknown }[] | null;
}

export function requestOf(run: Pick<Run, 'request'>): RunRequest {
  return run.request as unknown as RunRequest;
}
