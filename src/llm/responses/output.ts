import type { ModelDelta, ModelToolCall } from '../../agent/model.ts';
import { invalidResponseError, limitError, type Endpoint } from '../model-errors.ts';
import { wellFormed } from '../well-formed.ts';
import { textIn, type OutputItem } from './events.ts';
import { BETWEEN_MESSAGES } from './input.ts';
import { newItem, type OpenItem } from './open-item.ts';
import type { AnswerOutline, OutlinePart } from './outline.ts';

type TextType = 'text' | 'reasoning';

/** As many as OpenAI takes tools in one request. */
const MOST_CALLS = 128;

const ARGUMENTS = 'arguments';

/** Puts the items of one answer together, in the order in which they began. */
export function createOutput(endpoint: Endpoint, limitBytes: number) {
  const items = new Map<number, OpenItem>();
  const whole = { text: '', reasoning: '' };
  let calls = 0;
  let bytes = 0;

  function weigh(text: string) {
    bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw limitError(endpoint, `is longer than ${limitBytes} bytes`);
  }

  function itemAt(index: number, type: string): OpenItem {
    const known = items.get(index);
    if (known) return known;
    const item = newItem(type);
    items.set(index, item);
    return item;
  }

  function keep(item: OpenItem, type: TextType, text: string): ModelDelta[] {
    if (text === '') return [];
    weigh(text);
    whole[type] += text;
    if (type === 'text') item.length += text.length;
    return [{ type, text }];
  }

  function addText(index: number, type: TextType, key: string, delta: string): ModelDelta[] {
    if (delta === '') return [];
    const item = itemAt(index, type === 'text' ? 'message' : 'reasoning');
    // The parts of a message are one text; those of reasoning are paragraphs.
    const isNew = type === 'text' ? item.parts.size === 0 : !item.parts.has(key);
    item.parts.set(key, (item.parts.get(key) ?? '') + delta);
    const gap = isNew && whole[type] !== '' ? BETWEEN_MESSAGES : '';
    return keep(item, type, item.cleaner.push(gap + delta));
  }

  function addArguments(item: OpenItem, delta: string): ModelDelta[] {
    item.parts.set(ARGUMENTS, (item.parts.get(ARGUMENTS) ?? '') + delta);
    weigh(delta);
    return report(item, item.cleaner.push(delta));
  }

  /** Nothing is reported of a call before its name is known. */
  function report(item: OpenItem, text: string): ModelDelta[] {
    item.arguments += text;
    if (item.name === '') return [];
    const isNew = item.place === undefined;
    if (isNew && calls === MOST_CALLS) throw limitError(endpoint, `asks for more than ${MOST_CALLS} tool calls`);
    item.place ??= calls++;
    if (!isNew && text === '') return [];
    return [{ type: 'toolCall', index: item.place, name: item.name, text: isNew ? item.arguments : text }];
  }

  /** What a whole text has beyond the deltas that came of it. */
  function restOf(index: number, key: string, text: string): string {
    const sent = items.get(index)?.parts.get(key) ?? '';
    return text.startsWith(sent) ? text.slice(sent.length) : '';
  }

  function endArguments(index: number, text: string): ModelDelta[] {
    const item = itemAt(index, 'function_call');
    const sent = item.parts.get(ARGUMENTS) ?? '';
    if (text !== '' && !text.startsWith(sent))
      throw invalidResponseError(endpoint, 'a tool call whose pieces are not those of the whole');
    item.isDone = true;
    return addArguments(item, text.slice(sent.length));
  }

  const output = {
    addText,
    addArguments: (index: number, delta: string) => addArguments(itemAt(index, 'function_call'), delta),
    endText: (index: number, type: TextType, key: string, text: string) =>
      addText(index, type, key, restOf(index, key, text)),
    endArguments,

    /** An item that begins. */
    begin(index: number, given: OutputItem): ModelDelta[] {
      const item = itemAt(index, textIn(given.type));
      if (typeof given.phase === 'string') item.phase = given.phase;
      if (item.type !== 'function_call') return [];
      const [callId, name] = [wellFormed(textIn(given.call_id)), wellFormed(textIn(given.name))];
      if (item.callId === '') weigh((item.callId = callId));
      if (item.name !== '' || name === '') return [];
      weigh((item.name = name));
      return report(item, '');
    },

    /** An item that is whole: with what its deltas left out. */
    end(index: number, given: OutputItem): ModelDelta[] {
      const deltas = output.begin(index, given);
      for (const [place, part] of (given.content ?? []).entries()) {
        const type = given.type === 'reasoning' ? 'reasoning' : 'text';
        deltas.push(...output.endText(index, type, `content/${place}`, textIn(part?.text ?? part?.refusal)));
      }
      const summary = (given.summary ?? []).map((part) => textIn(part?.text));
      for (const [place, text] of summary.entries())
        deltas.push(...output.endText(index, 'reasoning', `summary/${place}`, text));
      const item = itemAt(index, textIn(given.type));
      if (item.isDone || given.status === 'incomplete' || given.status === 'in_progress') return deltas;
      if (item.type === 'function_call') deltas.push(...endArguments(index, textIn(given.arguments)));
      item.isDone = true;
      const [id, encrypted] = [textIn(given.id), textIn(given.encrypted_content)];
      if (item.type === 'reasoning' && id && encrypted) {
        weigh(encrypted);
        item.sealed = { id, encrypted, summary: summary.map(wellFormed) };
      }
      return deltas;
    },

    /** All items as the response has them at its end; nothing where they are not those that came. */
    complete(given: (OutputItem | null)[]): ModelDelta[] {
      const isSame = [...items].every(([index, { type }]) => type === given[index]?.type);
      return isSame ? given.flatMap((item, index) => (item ? output.end(index, item) : [])) : [];
    },

    hasBegun: () => bytes > 0,

    /** Nothing may come for long before the next text of the answer. */
    isReasoning(): boolean {
      const last = [...items.values()].at(-1);
      return last?.type === 'reasoning' && !last.isDone;
    },

    /** What was still held back. */
    flush(): ModelDelta[] {
      return [...items.values()].flatMap((item) => {
        const rest = item.cleaner.end();
        if (item.type !== 'function_call') return keep(item, item.type === 'reasoning' ? 'reasoning' : 'text', rest);
        return report(item, item.arguments + rest === '' ? '{}' : rest);
      });
    },

    texts: () => whole,

    calls(): (ModelToolCall & { isDone: boolean })[] {
      return [...items.values()]
        .filter(({ place }) => place !== undefined)
        .toSorted((one, other) => one.place! - other.place!)
        .map(({ callId: id, name, arguments: text, isDone }) => ({ id, name, arguments: text, isDone }));
    },

    /** A call came whose name did not. */
    hasNameless: () => [...items.values()].some(({ type, name }) => type === 'function_call' && name === ''),

    outline(): AnswerOutline {
      return {
        output: [...items.values()].flatMap(({ type, sealed, length, phase, place }): OutlinePart[] => {
          if (type === 'reasoning') return sealed ? [{ reasoning: sealed }] : [];
          if (type === 'function_call') return place === undefined ? [] : [{ call: place }];
          return length > 0 ? [{ text: length, ...(phase !== undefined && { phase }) }] : [];
        }),
      };
    },
  };
  return output;
}
