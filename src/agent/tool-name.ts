import type { Tools } from './tool.ts';

/** What servers that parse calls out of text leave around a name: a namespace, a control token, the place of the call. */
const DECORATIONS = [/<\|.*$/s, /^\s*(functions?|tools?|default_api)\s*[.:/]/i, /:\d+\s*$/, /\(\s*\)\s*$/, /["'`]/g];

/**
 * The tool that a model means by a decorated name, such as `functions.look` or `look<|channel|>commentary`. The name as it
 * is written when there is no such tool.
 */
export function knownName(tools: Tools, written: string): string {
  if (tools.has(written)) return written;
  let bare = written;
  for (const decoration of DECORATIONS) {
    bare = bare.replace(decoration, '').trim();
    if (tools.has(bare)) return bare;
  }
  return written;
}
