import type { ModelError, ModelReply } from '../../agent/model.ts';
import { cutOffError, invalidResponseError, overflowError, streamError, type Endpoint } from '../model-errors.ts';

type FinishReason = ModelReply['finishReason'];

/** How an answer ended: with a reply, or with a failure. */
export type Finish = FinishReason | ModelError;

/** By provider, in lower case: the names that Anthropic, Google, Cohere, Mistral, Zhipu, DeepSeek, TGI and vLLM have for them too. */
const REASONS: Record<FinishReason, string[]> = {
  STOP: ['stop', 'end_turn', 'stop_sequence', 'eos', 'eos_token', 'end', 'complete', 'completed'],
  TOOL_CALLS: ['tool_calls', 'tool_call', 'function_call', 'tool_use'],
  LENGTH: ['length', 'max_tokens', 'max_output_tokens', 'max_length', 'model_length', 'token_limit'],
  CONTENT_FILTER: [
    'content_filter',
    'content_filtered',
    'guardrail_intervened',
    'sensitive',
    'refusal',
    'safety',
    'image_safety',
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
  ],
};

const REASON_OF = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.map((name) => [name, reason as FinishReason] as const)),
);

/** The prompt and the answer together have filled the window. */
const OVERFLOWS = new Set(['model_context_window_exceeded', 'context_window_exceeded', 'context_length_exceeded']);

/** The model wrote a call that its provider could not read. */
const UNUSABLE = new Set(['malformed_function_call', 'unexpected_tool_call', 'tool_use_failed']);

/** The provider failed in the middle of the answer. */
const BROKEN = new Set(['error', 'abort', 'aborted', 'cancelled', 'network_error', 'insufficient_system_resource']);

/** Says how an answer ended; undefined while it goes on. A reason that is not known is no success: the answer counts as cut off. */
export function judgeFinish(reason: unknown, endpoint: Endpoint): Finish | undefined {
  if (reason === '' || reason === 'null') return undefined;
  const name = String(reason).toLowerCase();
  const known = REASON_OF.get(name);
  if (known) return known;
  if (OVERFLOWS.has(name)) return overflowError(endpoint);
  if (UNUSABLE.has(name)) return invalidResponseError(endpoint, `a tool call that it could not read itself (${name})`);
  if (BROKEN.has(name)) return streamError(`it failed while it answered (${name})`, endpoint);
  return cutOffError(endpoint, reason);
}
