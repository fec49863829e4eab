import type { ModelUsage } from '../../usage.ts';
import type { ModelMessage, ToolDeclaration } from '../model.ts';
import type { TokenCounter } from '../tokens.ts';

/** What no image and no frame of a message exceeds: see tokens.ts. */
const MOST_PER_IMAGE = 2500;
const MOST_PER_MESSAGE = 16;

/** How much of a prompt is known to take how many tokens. */
interface Known {
  /** So many messages, from the first on. */
  length: number;
  tokens: number;
}

/** Measures how full the context is. */
export interface ContextMeter {
  /** The tokens that the next call with this prompt would take, if they exceed the limit; otherwise undefined. The prompt only grows. */
  excess(prompt: ModelMessage[], tools: ToolDeclaration[]): Promise<number | undefined>;
  /** Learns from the provider what the first `length` messages take: a call's prompt, and its answer. */
  learn(length: number, usage: ModelUsage): void;
}

/**
 * Starts from the token count that the provider reported last, and counts only the messages after it. While even their
 * bytes fit the limit it counts nothing: no text has more tokens than bytes.
 */
export function createContextMeter(
  limit: number,
  loadCounter: () => Promise<TokenCounter>,
  known?: Known,
): ContextMeter {
  let base = known;
  return {
    async excess(prompt, tools) {
      const since = prompt.slice(base?.length ?? 0);
      // What the provider has said has the tools in it.
      const unknownTools = base ? [] : tools;
      const least = base?.tokens ?? 0;
      const most = since.reduce((sum, message) => sum + mostTokens(message), least) + bytesOf(unknownTools);
      if (most <= limit) return undefined;
      const counter = await loadCounter();
      const counted = since.reduce((sum, message) => sum + counter.message(message), counter.tools(unknownTools));
      base = { length: prompt.length, tokens: least + counted };
      return base.tokens > limit ? base.tokens : undefined;
    },
    learn(length, usage) {
      const tokens = tokensOf(usage);
      if (tokens !== null) base = { length, tokens };
    },
  };
}

/** What a call and its answer take in the context: reasoning is not sent again. */
export function tokensOf({ totalTokens, reasoningTokens }: Pick<ModelUsage, 'totalTokens' | 'reasoningTokens'>) {
  return totalTokens === null ? null : totalTokens - (reasoningTokens ?? 0);
}

function mostTokens(message: ModelMessage): number {
  const text = bytesOf(message.text) + MOST_PER_MESSAGE;
  if (message.role === 'user') {
    const images = message.parts?.filter((part) => !('text' in part)).length ?? 0;
    return text + bytesOf(message.name ?? '') + images * MOST_PER_IMAGE;
  }
  return message.role === 'assistant' ? text + bytesOf(message.toolCalls) : text;
}

function bytesOf(value: string | object): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
