import type { CallPiece } from './read-call.ts';

/** A call that is being put together, as far as it takes to tell whether a piece belongs to it. */
export interface FoundCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** What the server calls its place: one, or several when it changes its mind. */
  readonly indexes: unknown[];
  /** Its name came once more behind whole arguments: more of them would be those of another call. */
  isNamedAgain: boolean;
}

/** The names of the tools that the model was offered. */
export type ToolNames = readonly string[];

/**
 * Finds the call that a piece belongs to; undefined when it begins another. Usually the index says so. Some servers send
 * none, or the same one for every call; some send no id, the same one for all, or another one in every chunk. So a known
 * id finds its call, and a call begins with a name.
 */
export function findCall<Call extends FoundCall>(calls: Call[], piece: CallPiece, tools: ToolNames): Call | undefined {
  const { index, id, name, text } = piece;
  const byId = id === '' ? undefined : calls.findLast((call) => call.id === id);
  const call = byId ?? (index === undefined ? calls.at(-1) : findAt(calls, index));
  if (!call) return undefined;
  if (name === '') return call.isNamedAgain && text.trim() !== '' ? undefined : call;
  if (call.name === '') return call;
  if (id !== '' && call.id !== '' && call.id !== id) return undefined;
  if (name !== call.name) return isRestOfName(call, name, tools) ? call : undefined;
  if (!isObject(call.arguments)) return call;
  if (text.trim() === '') {
    call.isNamedAgain = id === '' || !call.indexes.includes(index);
    return call;
  }
  if (id === '' || text !== call.arguments) return undefined;
  // The whole call once more, under its id.
  piece.text = '';
  return call;
}

/** Nearly always it is the last one. */
function findAt<Call extends FoundCall>(calls: Call[], index: unknown): Call | undefined {
  for (let place = calls.length - 1; place >= 0; place -= 1)
    if (calls[place]!.indexes.includes(index)) return calls[place];
  return undefined;
}

/** Whether a longer name than this, which is not whole then, is that of a tool. */
export function isCut(name: string, tools: ToolNames): boolean {
  return tools.some((tool) => tool.length > name.length && tool.startsWith(name));
}

/** A name may come in pieces before the arguments do. */
function isRestOfName(call: FoundCall, rest: string, tools: ToolNames): boolean {
  if (call.arguments !== '') return false;
  const name = call.name + rest;
  if (tools.includes(name) || isCut(name, tools)) return true;
  return !tools.includes(call.name) && !tools.includes(rest);
}

/** Whether these are whole arguments, to which nothing can be added. */
function isObject(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
