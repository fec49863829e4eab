import { createTextCleaner, type TextCleaner } from '../well-formed.ts';
import type { SealedReasoning } from './outline.ts';

/** An item of the output while it is written. */
export interface OpenItem {
  type: string;
  /** What has come of each of its parts, as it was sent. */
  parts: Map<string, string>;
  cleaner: TextCleaner;
  /** Of a message: how much of the answer's text is its own. */
  length: number;
  phase: string | undefined;
  sealed: SealedReasoning | undefined;
  callId: string;
  name: string;
  arguments: string;
  /** Of a call: its place in the answer, once it was reported. */
  place: number | undefined;
  isDone: boolean;
}

export function newItem(type: string): OpenItem {
  return {
    type,
    parts: new Map(),
    cleaner: createTextCleaner(),
    length: 0,
    phase: undefined,
    sealed: undefined,
    callId: '',
    name: '',
    arguments: '',
    place: undefined,
    isDone: false,
  };
}
