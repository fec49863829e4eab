import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import { ModelError, type ModelDelta, type ModelReply } from '../../agent/model.ts';
import { invalidResponseError, limitError, streamError, truncatedError, type Endpoint } from '../model-errors.ts';
import { judgeFinish } from '../openai/judge-finish.ts';
import type { StreamEvent } from '../server-sent-events.ts';
import { createTextCleaner, wellFormed } from '../well-formed.ts';
import type { Piece } from './layout.ts';
import { addUsage, toUsage, type AnthropicUsage } from './usage.ts';

/** Nothing is promised: other servers speak this protocol too. */
type Event = RawMessageStreamEvent | { type: 'ping' } | { type: 'error'; error?: unknown };
type Started = Extract<Event, { type: 'content_block_start' }>['content_block'];
type Delta = Extract<Event, { type: 'content_block_delta' }>['delta'];

type Block =
  | { type: 'text'; from: number }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'call'; call: number; input: unknown };

/**
 * Puts the events of one streamed answer together. Throws ModelError for an event that is an error or none at all, and for
 * one that makes text, reasoning and tool calls longer than `limitBytes`.
 */
export function createAnswer(endpoint: Endpoint, limitBytes: number) {
  const blocks = new Map<number, Block>();
  const pieces: Piece[] = [];
  const whole = { text: '', reasoning: '' };
  const toolCalls: ModelReply['toolCalls'] = [];
  let cleaner = createTextCleaner();
  let finish: ModelReply['finishReason'] | undefined;
  let usage: AnthropicUsage | undefined;
  let bytes = 0;

  function weigh(text: string) {
    bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw limitError(endpoint, `is longer than ${limitBytes} bytes`);
  }

  function take(type: 'text' | 'reasoning', text: string): ModelDelta[] {
    if (text === '') return [];
    weigh(text);
    whole[type] += text;
    return [{ type, text }];
  }

  function takeArguments(index: number, written: string): ModelDelta[] {
    const text = cleaner.push(written);
    const call = toolCalls[index]!;
    if (text === '') return [];
    weigh(text);
    call.arguments += text;
    return [{ type: 'toolCall', index, name: call.name, text }];
  }

  /** Blocks follow each other: each has a text, a thought or the arguments of a call to be cleaned. */
  function startBlock(index: number, started: Started): ModelDelta[] {
    cleaner = createTextCleaner();
    switch (started.type) {
      case 'text': {
        const between = whole.text === '' || whole.text.endsWith('\n') ? [] : take('text', '\n\n');
        blocks.set(index, { type: 'text', from: whole.text.length });
        return [...between, ...take('text', cleaner.push(started.text ?? ''))];
      }
      case 'thinking': {
        const { thinking = '', signature = '' } = started;
        const between = whole.reasoning === '' ? [] : take('reasoning', '\n\n');
        blocks.set(index, { type: 'thinking', thinking, signature });
        return [...between, ...take('reasoning', cleaner.push(thinking))];
      }
      case 'redacted_thinking':
        weigh(started.data);
        blocks.set(index, { type: 'redacted_thinking', data: started.data });
        return [];
      case 'tool_use': {
        const call = { id: wellFormed(started.id), name: wellFormed(started.name), arguments: '' };
        weigh(call.id + call.name);
        blocks.set(index, { type: 'call', call: toolCalls.length, input: started.input });
        toolCalls.push(call);
        return [{ type: 'toolCall', index: toolCalls.length - 1, name: call.name, text: '' }];
      }
      default:
        throw invalidResponseError(endpoint, `a block of the type ${started.type}, which was not asked for`);
    }
  }

  function addDelta(block: Block | undefined, delta: Delta): ModelDelta[] {
    if (delta.type === 'text_delta' && block?.type === 'text') return take('text', cleaner.push(delta.text));
    if (delta.type === 'input_json_delta' && block?.type === 'call')
      return takeArguments(block.call, delta.partial_json);
    if (block?.type !== 'thinking') return [];
    if (delta.type === 'signature_delta') block.signature += delta.signature;
    if (delta.type !== 'thinking_delta') return [];
    block.thinking += delta.thinking;
    return take('reasoning', cleaner.push(delta.thinking));
  }

  function stopBlock(index: number): ModelDelta[] {
    const block = blocks.get(index);
    blocks.delete(index);
    switch (block?.type) {
      case 'text': {
        const deltas = take('text', cleaner.end());
        if (whole.text.length > block.from) pieces.push({ text: [block.from, whole.text.length] });
        return deltas;
      }
      case 'thinking':
        weigh(block.signature);
        // What cannot be stored as it is cannot be verified; the API takes an answer without it.
        if (block.signature && wellFormed(block.thinking) === block.thinking) pieces.push(block);
        return take('reasoning', cleaner.end());
      case 'redacted_thinking':
        pieces.push(block);
        return [];
      case 'call': {
        pieces.push({ call: block.call });
        const deltas = takeArguments(block.call, cleaner.end());
        if (toolCalls[block.call]!.arguments !== '') return deltas;
        return takeArguments(block.call, JSON.stringify(block.input ?? {}));
      }
      case undefined:
        return [];
    }
  }

  function addEvent(event: Event): ModelDelta[] {
    switch (event.type) {
      case 'message_start':
        usage = addUsage(usage, event.message.usage);
        return [];
      case 'content_block_start':
        return startBlock(event.index, event.content_block);
      case 'content_block_delta':
        return addDelta(blocks.get(event.index), event.delta);
      case 'content_block_stop':
        return stopBlock(event.index);
      case 'message_delta':
        usage = addUsage(usage, event.usage);
        judge(event.delta.stop_reason);
        return [];
      case 'error':
        throw streamError(event.error ?? event, endpoint);
      default:
        return []; // a ping, the end of the message, or an event that is newer than this
    }
  }

  /** `pause_turn` is not known: it comes with tools that run at the provider, which are never asked for. */
  function judge(reason: string | null) {
    const ended = reason === null ? undefined : judgeFinish(reason, endpoint);
    if (ended instanceof ModelError) throw ended;
    finish = ended ?? finish;
  }

  return {
    /** Takes the data of one event and returns what is new. */
    add(data: StreamEvent): ModelDelta[] {
      if (typeof data !== 'string') throw streamError(data.error, endpoint);
      try {
        return addEvent(JSON.parse(data) as Event);
      } catch (error) {
        if (error instanceof ModelError) throw error;
        throw invalidResponseError(endpoint, 'an event of an unknown shape', error);
      }
    },

    /** Whether anything of the answer itself has come. */
    hasBegun: () => bytes > 0,

    /** Whether the provider said that the answer is whole. */
    isWhole: () => finish !== undefined,

    /** `message_delta` alone says that an answer is whole. */
    close() {},

    /** The failure of a stream that ended before the answer did. */
    brokenOff: () => truncatedError(endpoint),

    /** Blocks hold nothing back behind their end. */
    end: (): ModelDelta[] => [],

    /** What the provider has said up to now, if anything. */
    usage: () => (usage ? toUsage(usage) : null),

    reply(): ModelReply {
      const finishReason = finish === 'STOP' && toolCalls.length > 0 ? 'TOOL_CALLS' : (finish ?? 'STOP');
      const isReasoned = pieces.some((piece) => 'type' in piece);
      return {
        ...whole,
        toolCalls,
        finishReason,
        usage: toUsage(usage),
        ...(isReasoned && { reasoningData: { anthropic: pieces } }),
      };
    },
  };
}
