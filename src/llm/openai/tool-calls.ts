import type { ModelToolCall, ToolCallDelta } from '../../agent/model.ts';
import { invalidResponseError, limitError, type Endpoint } from '../model-errors.ts';
import { createTextCleaner, wellFormed, type TextCleaner } from '../well-formed.ts';

/** What a chunk brings of a call. Nothing is promised: servers differ in what they leave out. */
export interface ToolCallPart {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: string | null } | null;
  extra_content?: unknown;
}

interface OpenCall extends ModelToolCall {
  /** Its place in the answer. */
  place: number;
  /** What the server calls its place. */
  index: number | undefined;
  cleaner: TextCleaner;
  isReported: boolean;
}

/** As many as OpenAI itself takes tools in one request. */
const MOST_CALLS = 128;

/** Puts the tool calls of one answer together. `weigh` is told of every text before it is kept. */
export function createToolCalls(endpoint: Endpoint, weigh: (...texts: (string | null | undefined)[]) => void) {
  const calls: OpenCall[] = [];

  return {
    add({ index, id, function: called, extra_content }: ToolCallPart): ToolCallDelta[] {
      weigh(called?.arguments);
      // Usually the index says which call goes on; some servers send none, or the same one for every call.
      let call = index === undefined ? calls.at(-1) : calls.findLast((other) => other.index === index);
      if (!call || (id && call.id && id !== call.id)) {
        if (calls.length === MOST_CALLS) throw limitError(endpoint, `asks for more than ${MOST_CALLS} tool calls`);
        weigh(id, called?.name);
        const cleaner = createTextCleaner();
        calls.push(
          (call = { place: calls.length, index, cleaner, id: '', name: '', arguments: '', isReported: false }),
        );
      }
      call.id ||= id ?? '';
      call.name ||= wellFormed(called?.name ?? '');
      if (extra_content != null) {
        weigh(JSON.stringify(extra_content));
        call.extra = { extra_content };
      }
      return grow(call, call.cleaner.push(called?.arguments ?? ''));
    },

    /** What was still held back; call it once, at the end. */
    end(): ToolCallDelta[] {
      return calls.flatMap((call) => {
        const rest = call.cleaner.end();
        return grow(call, call.arguments + rest === '' ? '{}' : rest);
      });
    },

    /** The whole calls, after `end`. */
    whole(): ModelToolCall[] {
      if (calls.some(({ name }) => !name)) throw invalidResponseError(endpoint, 'a tool call without a name');
      return calls.map(({ id, name, arguments: text, extra }) => ({
        id: wellFormed(id),
        name,
        arguments: text,
        ...(extra !== undefined && { extra }),
      }));
    },
  };
}

/** Nothing is reported of a call before its name is known. */
function grow(call: OpenCall, text: string): ToolCallDelta[] {
  call.arguments += text;
  if (!call.name || (text === '' && call.isReported)) return [];
  const piece = call.isReported ? text : call.arguments;
  call.isReported = true;
  return [{ type: 'toolCall', index: call.place, name: call.name, text: piece }];
}
