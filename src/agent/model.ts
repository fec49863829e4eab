/** The port to a language model. Adapters live in llm/; this file knows none of them. */

import type { ModelUsage } from '../usage.ts';

export interface ModelSettings {
  temperature?: number | null | undefined;
  topP?: number | null | undefined;
  maxOutputTokens?: number | null | undefined;
  reasoningEffort?: 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH' | null | undefined;
  parallelToolCalls?: boolean | null | undefined;
  responseFormat?: ResponseFormat | null | undefined;
}

/** `schema` is there for JSON_SCHEMA, and only then. */
export interface ResponseFormat {
  type: 'TEXT' | 'JSON_OBJECT' | 'JSON_SCHEMA';
  name?: string | null | undefined;
  schema?: Record<string, unknown> | null | undefined;
  strict?: boolean | null | undefined;
}

/** `id` pairs a call with its return inside one request. In a reply it is the provider's name for the call, or empty. */
export interface ModelToolCall {
  id: string;
  name: string;
  arguments: string;
  /** In a request: how the provider named the call when the model wrote it; null or missing when it did not. */
  givenId?: string | null | undefined;
  /** Opaque: what the provider gave with the call, such as a signature, and wants back with it. */
  extra?: unknown;
}

/** The URL of an image may be a data: URL, which holds it. */
export type ModelPart = { text: string } | { imageUrl: string; detail?: string };

export type ModelMessage =
  | { role: 'system'; text: string }
  /** With images there are `parts`: all of it in order, its text too. */
  | { role: 'user'; text: string; parts?: ModelPart[]; name?: string }
  | ModelAnswer
  | { role: 'tool'; toolCallId: string; text: string };

export interface ModelAnswer {
  role: 'assistant';
  text: string;
  toolCalls: ModelToolCall[];
  /** Handle of the model that wrote it. Only that one gets `givenId`, `extra` and `reasoningData` back. */
  origin?: string | null | undefined;
  /** As `ModelReply.reasoningData`. */
  reasoningData?: unknown;
}

export interface ToolDeclaration {
  name: string;
  description: string;
  /** JSON schema of the arguments. */
  parameters: unknown;
}

/** Which call the answer has to have: none, any, or that one. */
export type ToolChoice = 'none' | 'required' | { name: string };

export interface ModelRequest {
  messages: ModelMessage[];
  tools: ToolDeclaration[];
  /** Left out: the model decides. Without tools it says nothing. */
  toolChoice?: ToolChoice | undefined;
  settings: ModelSettings;
  /** The same for requests that begin alike, such as those of one conversation: where a provider looks for their prefix in its cache. */
  cacheKey?: string | undefined;
}

export type ModelDelta = TextDelta | ToolCallDelta;

export interface TextDelta {
  type: 'text' | 'reasoning';
  text: string;
}

/** The first one of a call comes as soon as its name is known, and may have no text yet. */
export interface ToolCallDelta {
  type: 'toolCall';
  /** The place of the call among those of the answer. */
  index: number;
  name: string;
  /** A piece of its arguments. */
  text: string;
}

/** A whole answer. The concatenated deltas are exactly `text`, `reasoning` and the `arguments` of each call, which has at least one. */
export interface ModelReply {
  text: string;
  reasoning: string;
  toolCalls: ModelToolCall[];
  /**
   * Opaque: what the provider wants back with this answer for the model to reason on, such as encrypted or signed blocks.
   * Each adapter has a shape of its own; the value survives JSON. Missing: nothing.
   */
  reasoningData?: unknown;
  /** There was reasoning, of which the provider shows no text: it is in `reasoningData`, for the provider alone to read. */
  isReasoningSealed?: boolean;
  /** What was asked for and left out, since the model refuses it: names of settings, and `images`. */
  leftOut?: string[];
  /** LENGTH: cut off at the output limit. */
  finishReason: 'STOP' | 'LENGTH' | 'TOOL_CALLS' | 'CONTENT_FILTER';
  usage: ModelUsage;
}

/** Whether the model ended the answer itself. One that was cut off may have cut a call, or the last sentence. */
export function isWhole({ finishReason }: Pick<ModelReply, 'finishReason'>): boolean {
  return finishReason === 'STOP' || finishReason === 'TOOL_CALLS';
}

export type ModelErrorCode =
  | 'LLM_RATE_LIMITED'
  | 'LLM_AUTHENTICATION'
  | 'LLM_TIMEOUT'
  | 'LLM_BAD_REQUEST'
  | 'LLM_MODEL_NOT_FOUND'
  | 'LLM_INSUFFICIENT_CREDITS'
  | 'LLM_CONTEXT_WINDOW_EXCEEDED'
  | 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT'
  | 'LLM_UNAVAILABLE'
  | 'LLM_STREAM_TRUNCATED'
  | 'LLM_INVALID_RESPONSE'
  | 'LIMIT_EXCEEDED';

interface Failure {
  code: ModelErrorCode;
  message: string;
  isRetryable: boolean;
  retryAfterMs: number | null;
  /** Left out: as many as there are. */
  mostTries?: number;
  cause: unknown;
}

/** Every failure of a model call. The message is fit for a user: it holds no key, but may quote what the provider said. The cause may. */
export class ModelError extends Error {
  override name = 'ModelError';
  readonly code: ModelErrorCode;
  /** Whether the same call may succeed if it is made again. */
  readonly isRetryable: boolean;
  /** The least that the provider asked to wait before the next try; null when it did not. */
  readonly retryAfterMs: number | null;
  /** How often a call that fails in this way is made at most: each try is paid, and a further one hardly helps. */
  readonly mostTries: number;
  /** What the call used up to its failure; null when the provider did not say. */
  usage: ModelUsage | null = null;
  /** Whether the provider refused the request for its content: the same content would be refused in every later request. */
  isContentRefused = false;

  constructor({ code, message, isRetryable, retryAfterMs, mostTries = Infinity, cause }: Failure) {
    super(message, { cause });
    this.code = code;
    this.isRetryable = isRetryable;
    this.retryAfterMs = retryAfterMs;
    this.mostTries = mostTries;
  }
}

export interface Model {
  /** `provider/name` */
  readonly handle: string;
  readonly provider: string;
  readonly name: string;
  /** In tokens. */
  readonly contextWindow: number;
  /** How it divides text into tokens; null when that is not known. */
  readonly tokenizer: 'o200k_base' | null;
  /** What `reply` would send: the body, as the provider takes it. */
  preview(request: ModelRequest): unknown;
  /**
   * Makes one call and reports what it writes piece by piece, in order; a promise from `onDelta` is awaited before more is read.
   * Resolves with the whole answer only when the provider said that it is whole. Rejects with ModelError,
   * or with the signal's reason when it aborts; by then the connection to the provider is closed.
   */
  reply(
    request: ModelRequest,
    onDelta: (delta: ModelDelta) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<ModelReply>;
}
