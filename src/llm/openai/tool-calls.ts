import type { ModelToolCall, ToolCallDelta } from '../../agent/model.ts';
import { invalidResponseError, limitError, type Endpoint } from '../model-errors.ts';
import { createTextCleaner, wellFormed, type TextCleaner } from '../well-formed.ts';
import { findCall, isCut, type FoundCall, type ToolNames } from './find-call.ts';
import { readCall, type CallPiece } from './read-call.ts';

interface OpenCall extends FoundCall {
  id: string;
  name: string;
  arguments: string;
  extra: Record<string, unknown> | undefined;
  cleaner: TextCleaner;
  /** Its place in the answer, once it was reported. */
  place: number | undefined;
}

/** As many as OpenAI itself takes tools in one request. */
const MOST_CALLS = 128;

/** Puts the tool calls of one answer together. `weigh` is told of every text before it is kept. */
export function createToolCalls(endpoint: Endpoint, weigh: (...texts: string[]) => void, tools: ToolNames) {
  const calls: OpenCall[] = [];
  let reported = 0;

  function begin({ index, id, name }: CallPiece): OpenCall {
    if (calls.length === MOST_CALLS) throw limitError(endpoint, `asks for more than ${MOST_CALLS} tool calls`);
    const again = name === '' ? calls.findLast(({ isNamedAgain }) => isNamedAgain) : undefined;
    if (again) again.isNamedAgain = false;
    weigh(id);
    const call: OpenCall = {
      id: '',
      name: again?.name ?? '',
      arguments: '',
      indexes: [index],
      isNamedAgain: false,
      extra: undefined,
      cleaner: createTextCleaner(),
      place: undefined,
    };
    calls.push(call);
    return call;
  }

  /** Nothing is reported of a call before its name is known, nor before the calls in front of it. */
  function grow(call: OpenCall, text: string): ToolCallDelta[] {
    call.arguments += text;
    if (call.place !== undefined) return text === '' ? [] : [report(call, call.place, text)];
    const deltas: ToolCallDelta[] = [];
    for (const each of calls) {
      if (each.place !== undefined || each.name === '') continue;
      if (!isNamed(each)) break;
      each.place = reported++;
      deltas.push(report(each, each.place, each.arguments));
    }
    return deltas;
  }

  /** A name that another tool's begins with may go on, until the arguments begin. */
  function isNamed({ name, arguments: text }: OpenCall): boolean {
    return name !== '' && (text !== '' || !isCut(name, tools));
  }

  return {
    add(raw: unknown): ToolCallDelta[] {
      const piece = readCall(raw, endpoint);
      if (!piece) return [];
      const call = findCall(calls, piece, tools) ?? begin(piece);
      weigh(piece.text);
      call.id ||= piece.id;
      if (piece.name !== '' && piece.name !== call.name) {
        weigh(piece.name);
        call.name += piece.name;
      }
      if (call.indexes.at(-1) !== piece.index && !call.indexes.includes(piece.index)) call.indexes.push(piece.index);
      if (piece.extra) {
        weigh(JSON.stringify(piece.extra));
        call.extra = { ...call.extra, ...piece.extra };
      }
      return grow(call, call.cleaner.push(piece.text));
    },

    hasAny: () => calls.length > 0,

    /** What was still held back; call it once, at the end. */
    end(): ToolCallDelta[] {
      return calls.flatMap((call) => {
        const rest = call.cleaner.end();
        return grow(call, call.name !== '' && call.arguments + rest === '' ? '{}' : rest);
      });
    },

    /** The whole calls, after `end`. An entry without a name and arguments is none. */
    whole(): ModelToolCall[] {
      const named = calls.filter(({ place }) => place !== undefined);
      const nameless = calls.filter(
        ({ place, arguments: text }) => place === undefined && !/^\s*(\{\s*\})?\s*$/.test(text),
      );
      if (nameless.length > 0) throw invalidResponseError(endpoint, 'a tool call without a name');
      return named
        .toSorted((one, other) => one.place! - other.place!)
        .map(({ id, name, arguments: text, extra }) => ({
          id: wellFormed(id),
          name,
          arguments: text,
          ...(extra && { extra }),
        }));
    },
  };
}

function report({ name }: OpenCall, index: number, text: string): ToolCallDelta {
  return { type: 'toolCall', index, name, text };
}
