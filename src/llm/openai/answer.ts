import { ModelError, type ModelDelta, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import { invalidResponseError, limitError, streamError, truncatedError, type Endpoint } from '../model-errors.ts';
import type { StreamEvent } from '../server-sent-events.ts';
import { createTextCleaner } from '../well-formed.ts';
import { judgeFinish, type Finish } from './judge-finish.ts';
import { parseChunk, type Chunk, type Delta, type Usage } from './parse-chunk.ts';
import { newerUsage, toUsage } from './read-usage.ts';
import { splitContent, textIn } from './split-content.ts';
import { createThoughtSplitter } from './split-thoughts.ts';
import { createToolCalls } from './tool-calls.ts';

/**
 * Puts the chunks of one streamed answer together. Throws ModelError for a chunk that is an error or no chunk at all, and
 * for one that makes text, reasoning and tool calls longer than `limitBytes`.
 */
export function createAnswer(endpoint: Endpoint, limitBytes: number, tools: ModelRequest['tools']) {
  const cleaners = { text: createTextCleaner(), reasoning: createTextCleaner() };
  const whole = { text: '', reasoning: '' };
  const thoughts = createThoughtSplitter();
  const names = tools.map(({ name }) => name);
  const calls = createToolCalls(endpoint, weigh, names);
  let finish: Finish | undefined;
  let usage: Usage | undefined;
  let hasChoices = false;
  /** The last chunk had usage and no choice: servers send that at the end. */
  let isBilled = false;
  let bytes = 0;

  function weigh(...texts: string[]) {
    for (const text of texts) bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw limitError(endpoint, `is longer than ${limitBytes} bytes`);
  }

  function keep(deltas: ModelDelta[], type: 'text' | 'reasoning', text: string) {
    if (text === '') return;
    weigh(text);
    whole[type] += text;
    deltas.push({ type, text });
  }

  function take(deltas: ModelDelta[], type: 'text' | 'reasoning', text: string) {
    if (type === 'reasoning' || thoughts.isDone()) return keep(deltas, type, cleaners[type].push(text));
    for (const piece of thoughts.push(text)) keep(deltas, piece.type, cleaners[piece.type].push(piece.text));
  }

  function takeDelta(deltas: ModelDelta[], delta: Delta) {
    const reasoning = delta.reasoning_content || delta.reasoning || delta.thinking || delta.reasoning_details;
    if (reasoning) take(deltas, 'reasoning', textIn(reasoning));
    const { content, refusal, tool_calls: toolCalls, function_call: called } = delta;
    if (typeof content === 'string') {
      if (content !== '') take(deltas, 'text', content);
    } else if (content) for (const { type, text } of splitContent(content)) take(deltas, type, text);
    if (typeof refusal === 'string') take(deltas, 'text', refusal);
    if (toolCalls) for (const part of toolCalls as Iterable<unknown>) deltas.push(...calls.add(part));
    if (called) deltas.push(...calls.add({ function: called }));
  }

  /** What a whole message has beyond its deltas. */
  function remainderOf({ tool_calls: toolCalls, function_call: called, ...message }: Delta): Delta {
    if (whole.text !== '') message = { ...message, content: null, refusal: null };
    if (whole.reasoning !== '')
      message = { ...message, reasoning_content: null, reasoning: null, thinking: null, reasoning_details: null };
    if (calls.hasAny()) return message;
    const numbered = Array.isArray(toolCalls)
      ? toolCalls.map((call: object | null, index) => ({ index, ...call }))
      : [];
    return { ...message, tool_calls: numbered, function_call: called };
  }

  function addChunk(chunk: Chunk): ModelDelta[] {
    usage = newerUsage(usage, chunk);
    const choice = chunk.choices?.[0];
    isBilled = !choice && Boolean(chunk.usage);
    const deltas: ModelDelta[] = [];
    if (!choice) return deltas;
    hasChoices = true;
    if (choice.error) throw streamError(choice.error, endpoint);
    if (choice.delta) takeDelta(deltas, choice.delta);
    if (choice.message) takeDelta(deltas, remainderOf(choice.message));
    if (choice.finish_reason != null) conclude(judgeFinish(choice.finish_reason, endpoint));
    return deltas;
  }

  /** A failure stays one, whatever comes behind it. */
  function conclude(next: Finish | undefined) {
    if (finish === undefined || finish === 'STOP' || finish === 'TOOL_CALLS') finish = next ?? finish;
  }

  return {
    /** Takes the data of one event and returns what is new. */
    add(data: StreamEvent): ModelDelta[] {
      try {
        const chunk = parseChunk(data, endpoint);
        return chunk ? addChunk(chunk) : [];
      } catch (error) {
        // Nothing behind the end takes it back.
        if (finish !== undefined && !(error instanceof ModelError && error.code === 'LIMIT_EXCEEDED')) return [];
        if (error instanceof ModelError) throw error;
        throw invalidResponseError(endpoint, 'a chunk of an unknown shape', error);
      }
    },

    /** Whether anything of the answer itself has come. */
    hasBegun: () => bytes > 0,

    /** The provider said that it has no more to send, but not how the answer ended. Only then that is taken for its end. */
    close() {
      if (hasChoices) finish ??= 'STOP';
    },

    /** The failure of an answer whose end did not come. With usage behind it, it is likely to end so again. */
    brokenOff: () => truncatedError(endpoint, undefined, isBilled ? 2 : undefined),

    /** Whether the provider said how the answer ended; only usage may still come. */
    isWhole: () => finish !== undefined,

    /** What was still held back; call it once, at the end and before `reply`. */
    end(): ModelDelta[] {
      const deltas: ModelDelta[] = [];
      for (const { type, text } of thoughts.end()) keep(deltas, type, cleaners[type].push(text));
      keep(deltas, 'reasoning', cleaners.reasoning.end());
      keep(deltas, 'text', cleaners.text.end());
      return [...deltas, ...calls.end()];
    },

    /** What the provider has said up to now, if anything. */
    usage: () => (usage ? toUsage(usage) : null),

    /** The whole answer. Throws ModelError when it ended with a failure. */
    reply(): ModelReply {
      if (finish instanceof ModelError) throw finish;
      const toolCalls = calls.whole();
      // Some servers say "stop" after tool calls too.
      const finishReason = finish === 'STOP' && toolCalls.length > 0 ? 'TOOL_CALLS' : (finish ?? 'STOP');
      // Some providers want what a model thought before its calls back with them.
      const reasoningData = whole.reasoning && toolCalls.length > 0 && { reasoning_content: whole.reasoning };
      return { ...whole, toolCalls, finishReason, usage: toUsage(usage), ...(reasoningData && { reasoningData }) };
    },
  };
}
