import type { ModelUsage } from '../../usage.ts';
import { invalidResponseError, type Endpoint } from '../model-errors.ts';
import { count } from '../openai/read-usage.ts';

/** The parts of an event that we read. Nothing is promised: servers differ in what they leave out. */
export interface ResponseEvent {
  type?: string;
  output_index?: number;
  content_index?: number;
  summary_index?: number;
  delta?: unknown;
  text?: unknown;
  refusal?: unknown;
  arguments?: unknown;
  item?: OutputItem | null;
  response?: WholeResponse | null;
  error?: unknown;
}

export interface OutputItem {
  id?: unknown;
  type?: string;
  status?: string;
  call_id?: unknown;
  name?: unknown;
  arguments?: unknown;
  phase?: unknown;
  content?: ({ type?: string; text?: unknown; refusal?: unknown } | null)[] | null;
  summary?: ({ text?: unknown } | null)[] | null;
  encrypted_content?: unknown;
}

export interface WholeResponse {
  object?: string;
  status?: string;
  error?: unknown;
  incomplete_details?: { reason?: unknown } | null;
  output?: (OutputItem | null)[] | null;
  usage?: ReportedUsage | null;
}

export interface ReportedUsage {
  input_tokens?: unknown;
  output_tokens?: unknown;
  total_tokens?: unknown;
  input_tokens_details?: { cached_tokens?: unknown; cache_write_tokens?: unknown } | null;
  output_tokens_details?: { reasoning_tokens?: unknown } | null;
}

export function parseEvent(data: string, endpoint: Endpoint): ResponseEvent {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch (error) {
    throw invalidResponseError(endpoint, 'an event that is not JSON', error);
  }
  if (typeof event !== 'object' || event === null) throw invalidResponseError(endpoint, 'an event that is no object');
  return event as ResponseEvent;
}

/** The data of an event of the type `error`: as an object where it is one. */
export function parseFailure(data: string): unknown {
  try {
    const { error, ...event } = JSON.parse(data) as ResponseEvent;
    return error ?? event;
  } catch {
    return data;
  }
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function toUsage(usage: ReportedUsage | undefined): ModelUsage {
  return {
    promptTokens: count(usage?.input_tokens),
    completionTokens: count(usage?.output_tokens),
    totalTokens: count(usage?.total_tokens),
    cachedInputTokens: count(usage?.input_tokens_details?.cached_tokens),
    cacheWriteTokens: count(usage?.input_tokens_details?.cache_write_tokens),
    reasoningTokens: count(usage?.output_tokens_details?.reasoning_tokens),
  };
}
