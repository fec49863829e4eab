import type { StoredCompactionSettings } from '../../agent/compaction/settings.ts';
import type { ModelSettings, ToolDeclaration } from '../../agent/model.ts';
import { asGiven } from '../../key-order.ts';
import type { Run } from '../../store/generated/client.ts';

/** What a send asked for, for this run only; kept in `Run.request`. */
export interface RunRequest {
  maxSteps: number;
  /** A full handle. */
  model: string | null;
  modelSettings: ModelSettings | null;
  system: string | null;
  /** What the client itself runs. One with the name of a tool of the agent is used instead of it. */
  clientTools: ToolDeclaration[] | null;
  /** Of a run that makes room in the context and nothing else: what was asked for, above the agent's settings. */
  compaction?: StoredCompactionSettings;
}

export function requestOf(run: Pick<Run, 'request' | 'requestAsGiven'>): RunRequest {
  // Older rows have no client tools.
  const { clientTools = null, ...request } = asGiven(run, 'request') as unknown as RunRequest;
  return { ...request, clientTools };
}
