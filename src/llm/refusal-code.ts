import type { ModelErrorCode } from '../agent/model.ts';
import { isTooLong } from './context-window-refusal.ts';

/** What a provider says about a failure, in an HTTP response or inside a stream. */
export interface Refusal {
  /** Undefined in a stream that began with 200: the labels say it there. */
  status: number | undefined;
  words: string;
  labels: string[];
}

/** The statuses that providers mean when they name an error inside a stream. */
const STATUS_OF_LABEL: Record<string, number> = {
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  resource_exhausted: 429,
  insufficient_quota: 402,
  invalid_api_key: 401,
  authentication_error: 401,
  unauthenticated: 401,
  permission_error: 403,
  permission_denied: 403,
  model_not_found: 404,
  not_found_error: 404,
  context_length_exceeded: 413,
  invalid_request_error: 400,
  badrequesterror: 400,
  invalid_argument: 400,
};

/** The model wrote what its provider could not read as a call, or as JSON; as seen with Groq. */
const UNUSABLE = /^(tool_use_failed|json_validate_failed|output_parse_failed)$/;

/**
 * No wait brings these back. As seen with OpenAI, Moonshot, Zhipu (1113), Alibaba, Anthropic, OpenRouter and DeepSeek.
 */
const NO_CREDIT_LABEL =
  /^(insufficient_quota|exceeded_current_quota_error|billing_\w+|insufficient_\w*balance|arrearage|1113)$/i;
const NO_CREDIT =
  /credit balance is too low|key limit exceeded|insufficient (account )?(balance|credits?|funds)|(out of|no|not enough|more) credits\b.*\b(left|remaining|afford|purchase|upgrade)|requires more credits|arrears/i;

/** A quota that is new tomorrow. As seen with Google, whose delays are of seconds all the same, and with OpenRouter. */
const DAILY_LABEL = /per_?day/i;
const DAILY = /per[ -]day|daily (quota|limit)/i;

export function statusOf({ status, labels }: Refusal): number {
  if (status !== undefined) return status;
  const numbers = labels.map(Number).filter((label) => Number.isInteger(label) && label >= 400 && label < 600);
  const named = labels.map((label) => STATUS_OF_LABEL[label.toLowerCase()]).filter((label) => label !== undefined);
  return numbers[0] ?? named[0] ?? 500;
}

export function codeOf(refusal: Refusal): ModelErrorCode {
  const { words, labels } = refusal;
  const status = statusOf(refusal);
  if (labels.some((label) => UNUSABLE.test(label))) return 'LLM_INVALID_RESPONSE';
  if (status === 402 || labels.some((label) => NO_CREDIT_LABEL.test(label)) || (status < 500 && NO_CREDIT.test(words)))
    return 'LLM_INSUFFICIENT_CREDITS';
  if (status === 401 || status === 403) return 'LLM_AUTHENTICATION';
  if (status === 404) return 'LLM_MODEL_NOT_FOUND';
  if (status === 408) return 'LLM_TIMEOUT';
  // Some local servers call it an error of their own.
  if (isTooLong({ status, said: [...labels, words].join(' ') })) return 'LLM_CONTEXT_WINDOW_EXCEEDED';
  if (status === 429) return 'LLM_RATE_LIMITED';
  if (status === 409 || status < 400 || status >= 500) return 'LLM_UNAVAILABLE';
  return 'LLM_BAD_REQUEST';
}

/** Whether the limit of a day is used up. With a delay in its own words another try helps, with one in details it does not. */
export function isOfTheDay({ words, labels }: Refusal, retryAfterMs: number | null): boolean {
  return labels.some((label) => DAILY_LABEL.test(label)) || (DAILY.test(words) && retryAfterMs === null);
}
