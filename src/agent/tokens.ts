import type { Model, ModelMessage, ToolDeclaration } from './model.ts';

/** How many tokens what is sent to a model takes. Text is counted; what a provider puts around it is an estimate everywhere. */
export interface TokenCounter {
  message(message: ModelMessage): number;
  /** 0 without tools. */
  tools(tools: ToolDeclaration[]): number;
}

/**
 * What OpenAI puts around a message and beside a name, as its cookbook has it for every model since GPT-3.5
 * (https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken). A role is one token.
 */
const PER_MESSAGE = 3 + 1;
const PER_NAME = 1;

/** Around the name and arguments of a call, as gpt-tokenizer has it (FUNCTION_CALL_METADATA_TOKEN_OVERHEAD). */
const PER_CALL = 3;

/**
 * An image: what a photo of 4:3 or a square costs at high detail, 85 and 170 for each of four tiles
 * (https://platform.openai.com/docs/guides/images-vision). Models and shapes differ, from 85 to about 2,500.
 */
const PER_IMAGE = 765;

/**
 * Four characters of English are about one token (https://help.openai.com/en/articles/4936856); by bytes, other scripts,
 * which take more tokens for a character, are not taken for too short.
 */
const BYTES_PER_TOKEN = 4;

/** The merges of one long word take time that grows with its square: it is counted in pieces, which adds 0.3 % at most. */
const LONG_RUN = /\S{128}(?=\S)|\s{128}(?=\s)/gu;

let openAiCount: Promise<(text: string) => number> | undefined;

/** Counts as the model does, where its tokenizer is known; elsewhere the counts of text are estimates too. */
export async function createTokenCounter({ tokenizer }: Pick<Model, 'tokenizer'>): Promise<TokenCounter> {
  const count = tokenizer === null ? estimate : await (openAiCount ??= loadOpenAiCount());
  return {
    message: (message) => countMessage(message, count),
    // As JSON: how a provider shows tools to a model is not known. It is shorter than this, so that what fits by this count does fit.
    tools: (tools) =>
      tools.reduce(
        (sum, { name, description, parameters }) => sum + count(JSON.stringify({ name, description, parameters })),
        0,
      ),
  };
}

function countMessage(message: ModelMessage, count: (text: string) => number): number {
  const tokens = PER_MESSAGE + count(message.text);
  if (message.role === 'user') {
    const images = (message.parts ?? []).filter((part) => 'imageUrl' in part);
    return tokens + images.length * PER_IMAGE + (message.name ? PER_NAME + count(message.name) : 0);
  }
  if (message.role !== 'assistant') return tokens;
  return message.toolCalls.reduce((sum, call) => sum + PER_CALL + count(call.name) + count(call.arguments), tokens);
}

function estimate(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Loaded when it is first needed: it takes a tenth of a second, and 50 MB. */
async function loadOpenAiCount(): Promise<(text: string) => number> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  // A cached word is a slice of its text, and would keep all of that in memory.
  setMergeCacheSize(0);
  // What looks like a control token is text: a provider does not let users write them.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => piecesOf(text).reduce((sum, piece) => sum + countTokens(piece, options), 0);
}

function piecesOf(text: string): string[] {
  const ends = Array.from(text.matchAll(LONG_RUN), ({ index, 0: run }) => index + run.length);
  return [...ends, text.length].map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}
