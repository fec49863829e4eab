import type { Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import type { RunnerOf } from '../../services/tools/declared-tools.ts';
import { runBuiltIn } from './built-ins/run-built-in.ts';

/** Runs the tools of a held run: the built-in ones here, all others at the client. */
export function runnerOf(deps: Pick<Deps, 'db' | 'log' | 'wakeups'>, hold: Hold): RunnerOf {
  return ({ kind, name }) => {
    switch (kind) {
      case 'BUILT_IN':
        return { run: (request) => runBuiltIn(deps, hold, name, request) };
      case 'CLIENT':
        return {};
    }
  };
}
