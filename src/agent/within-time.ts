import { createContext, Script } from 'node:vm';

const context = createContext({ task: undefined });
const script = new Script('task()');

/** What `task` returns, or nothing when it is not done in time: it is then stopped wherever it is, in a regular expression too. */
export function withinTime<Result>(task: () => Result, milliseconds: number): { result: Result } | undefined {
  context['task'] = task;
  try {
    return { result: script.runInContext(context, { timeout: milliseconds }) as Result };
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    context['task'] = undefined;
  }
}
