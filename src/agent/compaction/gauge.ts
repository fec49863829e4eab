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

/** Watches how full the context is. */
export interface Gauge {
  /** What the next call with this prompt, which only grows, would take, when that is more than the limit; else nothing. */
  excess(prompt: ModelMessage[], tools: ToolDeclaration[]): Promise<number | undefined>;
  /** Learns from the provider what the first `length` messages take: a call's prompt, and its answer. */
  learn(length: number, usage: ModelUsage): void;
}

/**
 * Goes by what the provider has said last, and counts only what came since. Counts nothing while even the bytes of that
 * would fit: no text has more tokens than bytes.
 */
export function createGauge(limit: number, loadCounter: () => Promise<TokenCounter>, known?: Known): Gauge {
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
