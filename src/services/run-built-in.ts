import type { ToolRequest } from '../agent/tool.ts';
import type { Hold } from '../events/change.ts';
import type { Deps } from './deps.ts';

export async function runBuiltIn(
  _deps: Pick<Deps, 'db' | 'wakeups'>,
  _hold: Hold,
  name: string,
  _request: ToolRequest,
): Promise<string> {
  throw new Error(`There is no built-in tool ${JSON.stringify(name)}.`);
}
