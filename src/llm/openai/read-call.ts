import { invalidResponseError, type Endpoint } from '../model-errors.ts';
import { wellFormed } from '../well-formed.ts';

/** A piece of a tool call as a chunk brings it; '' and undefined: it says nothing of that. */
export interface CallPiece {
  index: unknown;
  id: string;
  name: string;
  /** A piece of the arguments. */
  text: string;
  /** The fields beside these that a provider wants back with the call. */
  extra: Record<string, unknown> | undefined;
}

interface RawCall {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
}

/** Reads one entry of `tool_calls`; undefined for an empty one. Throws ModelError for what cannot be a call. */
export function readCall(raw: unknown, endpoint: Endpoint): CallPiece | undefined {
  if (raw === null || raw === undefined) return undefined;
  if (typeof raw !== 'object') throw invalidResponseError(endpoint, 'a tool call that is no object');
  const { index, id, function: called } = raw as RawCall;
  return {
    index: typeof index === 'string' ? Number(index) : (index ?? undefined),
    id: textOf(id),
    name: called?.name ? wellFormed(textOf(called.name)) : '',
    text: textOf(called?.arguments),
    extra: extraOf(raw),
  };
}

/** Ids may be numbers, and arguments an object. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

/** Undefined for most: this runs for every piece. Stored as JSON, in which any text can be escaped. */
function extraOf(raw: object): Record<string, unknown> | undefined {
  for (const key in raw)
    if (isExtra(key)) return Object.fromEntries(Object.entries(raw).filter(([name]) => isExtra(name)));
  return undefined;
}

function isExtra(key: string): boolean {
  return key !== 'index' && key !== 'id' && key !== 'type' && key !== 'function';
}
