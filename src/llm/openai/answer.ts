import { ModelError, type ModelDelta, type ModelReply } from '../../agent/model.ts';
import type { ModelUsage } from '../../usage.ts';
import { invalidResponseError, limitError, streamError, type Endpoint } from '../model-errors.ts';
import { createToolCalls, type ToolCallPart } from './tool-calls.ts';
import { createTextCleaner } from '../well-formed.ts';

/** The parts of a chunk that we read. Nothing is promised: servers differ in what they leave out. */
interface Chunk {
  error?: unknown;
  usage?: Usage | null;
  choices?: { delta?: Delta | null; finish_reason?: string | null }[] | null;
}

interface Delta {
  content?: unknown;
  refusal?: unknown;
  reasoning?: unknown;
  reasoning_content?: unknown;
  tool_calls?: ToolCallPart[] | null;
}

interface Usage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  total_tokens?: unknown;
  prompt_tokens_details?: { cached_tokens?: unknown; cache_write_tokens?: unknown } | null;
  completion_tokens_details?: { reasoning_tokens?: unknown } | null;
}

const FINISH_REASONS = new Map<string, ModelReply['finishReason']>([
  ['stop', 'STOP'],
  ['length', 'LENGTH'],
  ['tool_calls', 'TOOL_CALLS'],
  ['function_call', 'TOOL_CALLS'],
  ['content_filter', 'CONTENT_FILTER'],
]);

/**
 * Puts the chunks of one streamed answer together. Throws ModelError for a chunk that is an error or no chunk at all, and
 * for one that makes text, reasoning and tool calls longer than `limitBytes`.
 */
export function createAnswer(endpoint: Endpoint, limitBytes: number) {
  const cleaners = { text: createTextCleaner(), reasoning: createTextCleaner() };
  const whole = { text: '', reasoning: '' };
  const calls = createToolCalls(endpoint, weigh);
  let finish: ModelReply['finishReason'] | undefined;
  let usage: Usage | undefined;
  let bytes = 0;

  function weigh(...texts: (string | null | undefined)[]) {
    for (const text of texts) if (text) bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw limitError(endpoint, `is longer than ${limitBytes} bytes`);
  }

  function take(deltas: ModelDelta[], type: 'text' | 'reasoning', text: string) {
    if (text === '') return;
    weigh(text);
    whole[type] += text;
    deltas.push({ type, text });
  }

  function addChunk(chunk: Chunk): ModelDelta[] {
    if (chunk.error) throw streamError(chunk.error, endpoint);
    if (chunk.usage) usage = chunk.usage;
    const choice = chunk.choices?.[0];
    const deltas: ModelDelta[] = [];
    const reasoning = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning;
    if (typeof reasoning === 'string') take(deltas, 'reasoning', cleaners.reasoning.push(reasoning));
    // A refusal takes the place of the content.
    const text = choice?.delta?.content ?? choice?.delta?.refusal;
    if (typeof text === 'string') take(deltas, 'text', cleaners.text.push(text));
    for (const part of choice?.delta?.tool_calls ?? []) deltas.push(...calls.add(part));
    if (choice?.finish_reason === 'error') throw streamError('it failed while it answered', endpoint);
    if (choice?.finish_reason) finish = FINISH_REASONS.get(choice.finish_reason) ?? 'STOP';
    return deltas;
  }

  return {
    /** Takes the data of one event and returns what is new. */
    add(data: string): ModelDelta[] {
      try {
        return addChunk(parse(data, endpoint));
      } catch (error) {
        if (error instanceof ModelError) throw error;
        throw invalidResponseError(endpoint, 'a chunk of an unknown shape', error);
      }
    },

    /** Whether anything of the answer itself has come. */
    hasBegun: () => bytes > 0,

    /** Whether the provider said that the answer is whole; only usage may still come. */
    isWhole: () => finish !== undefined,

    /** What was still held back; call it once, at the end and before `reply`. */
    end(): ModelDelta[] {
      const deltas: ModelDelta[] = [];
      take(deltas, 'reasoning', cleaners.reasoning.end());
      take(deltas, 'text', cleaners.text.end());
      return [...deltas, ...calls.end()];
    },

    /** What the provider has said up to now, if anything. */
    usage: () => (usage ? toUsage(usage) : null),

    reply(): ModelReply {
      const toolCalls = calls.whole();
      // Some servers say "stop" after tool calls too.
      const finishReason = finish === 'STOP' && toolCalls.length > 0 ? 'TOOL_CALLS' : (finish ?? 'STOP');
      // Some providers want what a model thought before its calls back with them.
      const reasoningData = whole.reasoning && toolCalls.length > 0 && { reasoning_content: whole.reasoning };
      return { ...whole, toolCalls, finishReason, usage: toUsage(usage), ...(reasoningData && { reasoningData }) };
    },
  };
}

function parse(data: string, endpoint: Endpoint): Chunk {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (error) {
    throw invalidResponseError(endpoint, 'a chunk that is not JSON', error);
  }
  if (typeof chunk !== 'object' || chunk === null) throw invalidResponseError(endpoint, 'a chunk that is no object');
  return chunk as Chunk;
}

function toUsage(usage: Usage | undefined): ModelUsage {
  return {
    promptTokens: count(usage?.prompt_tokens),
    completionTokens: count(usage?.completion_tokens),
    totalTokens: count(usage?.total_tokens),
    cachedInputTokens: count(usage?.prompt_tokens_details?.cached_tokens),
    cacheWriteTokens: count(usage?.prompt_tokens_details?.cache_write_tokens),
    reasoningTokens: count(usage?.completion_tokens_details?.reasoning_tokens),
  };
}

/** What no model can have used is not believed, nor could it be stored. */
const MAX_TOKENS = 1_000_000_000;

function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS
    ? (value as number)
    : null;
}
