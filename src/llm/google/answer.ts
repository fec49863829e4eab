import { ModelError, type ModelDelta, type ModelReply, type ModelToolCall } from '../../agent/model.ts';
import type { ModelUsage } from '../../usage.ts';
import { invalidResponseError, limitError, type Endpoint } from '../model-errors.ts';
import { createTextCleaner, wellFormed } from '../well-formed.ts';
import type { SignedCall, SignedText } from './contents.ts';
import { blockedError, judgeFinish, type Finish } from './judge-finish.ts';
import { fromGoogleName } from './names.ts';
import { toUsage, type Usage } from './read-usage.ts';

/** The parts of a chunk that we read. Nothing is promised. */
export interface Chunk {
  candidates?: { content?: { parts?: ChunkPart[] | null } | null; finishReason?: string | null }[] | null;
  promptFeedback?: { blockReason?: string | null } | null;
  usageMetadata?: Usage | null;
}

interface ChunkPart {
  text?: string | null;
  thought?: boolean | null;
  thoughtSignature?: string | null;
  functionCall?: { id?: string | null; name?: string | null; args?: unknown } | null;
}

/** As many as a request may have tools. */
const MOST_CALLS = 128;

/**
 * Puts the chunks of one streamed answer together. Throws ModelError for a chunk of an unknown shape, a blocked prompt, and
 * an answer whose text, reasoning and tool calls are longer than `limitBytes`.
 */
export function createAnswer(endpoint: Endpoint, limitBytes: number, tools: readonly string[]) {
  const cleaners = { text: createTextCleaner(), reasoning: createTextCleaner() };
  const whole = { text: '', reasoning: '' };
  const toolCalls: ModelToolCall[] = [];
  const signatures: SignedText['signatures'] = [];
  let finish: Finish | undefined;
  let usage: Usage | undefined;
  let bytes = 0;

  function weigh(text: string) {
    bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw limitError(endpoint, `is longer than ${limitBytes} bytes`);
  }

  function keep(type: 'text' | 'reasoning', text: string): ModelDelta[] {
    weigh(text);
    whole[type] += text;
    return text === '' ? [] : [{ type, text }];
  }

  function addPart({ text, thought, thoughtSignature: signature, functionCall: call }: ChunkPart): ModelDelta[] {
    if (signature) weigh(signature);
    if (call) return addCall(call, signature);
    const type = thought ? 'reasoning' : 'text';
    const start = whole.text.length;
    const deltas = keep(type, cleaners[type].push(text ?? ''));
    if (signature) signatures.push({ start, end: whole.text.length, thoughtSignature: signature });
    return deltas;
  }

  function addCall({ id, name, args }: NonNullable<ChunkPart['functionCall']>, signature: string | null | undefined) {
    if (!name) throw invalidResponseError(endpoint, 'a tool call without a name');
    const index = toolCalls.length;
    if (index === MOST_CALLS) throw limitError(endpoint, `asks for more than ${MOST_CALLS} tool calls`);
    const text = wellFormed(JSON.stringify(args ?? {}));
    weigh(`${id ?? ''}${name}${text}`);
    const extra: SignedCall | undefined = signature ? { thoughtSignature: signature } : undefined;
    const call = {
      id: wellFormed(id ?? ''),
      name: fromGoogleName(wellFormed(name), tools),
      arguments: text,
      ...(extra && { extra }),
    };
    toolCalls.push(call);
    return [{ type: 'toolCall' as const, index, name: call.name, text }];
  }

  function addChunk({ candidates, promptFeedback, usageMetadata }: Chunk): ModelDelta[] {
    if (usageMetadata) usage = { ...usage, ...usageMetadata };
    const blocked = promptFeedback?.blockReason;
    if (blocked) throw blockedError(endpoint, blocked);
    const candidate = candidates?.[0];
    const deltas = (candidate?.content?.parts ?? []).flatMap(addPart);
    if (candidate?.finishReason) finish ??= judgeFinish(candidate.finishReason, endpoint);
    return deltas;
  }

  return {
    /** Takes a chunk and returns what is new. */
    add(chunk: Chunk): ModelDelta[] {
      try {
        return addChunk(chunk);
      } catch (error) {
        if (error instanceof ModelError) throw error;
        throw invalidResponseError(endpoint, 'a chunk of an unknown shape', error);
      }
    },

    /** Whether anything of the answer itself has come. */
    hasBegun: () => bytes > 0,

    /** Whether Google said how the answer ended; only usage may still come. */
    isWhole: () => finish !== undefined,

    /** What was still held back; call it once, at the end and before `reply`. */
    end: (): ModelDelta[] => [...keep('reasoning', cleaners.reasoning.end()), ...keep('text', cleaners.text.end())],

    /** What Google has counted up to now, if anything. */
    usage: (): ModelUsage | null => (usage ? toUsage(usage) : null),

    /** The whole answer. Throws ModelError when it ended with a failure. */
    reply(): ModelReply {
      if (finish instanceof ModelError) throw finish;
      const finishReason = finish === 'STOP' && toolCalls.length > 0 ? 'TOOL_CALLS' : (finish ?? 'STOP');
      const reasoningData: SignedText = { length: whole.text.length, signatures };
      return {
        ...whole,
        toolCalls,
        ...(signatures.length > 0 && { reasoningData }),
        finishReason,
        usage: toUsage(usage ?? {}),
      };
    },
  };
}
