import { ModelError, type ModelErrorCode, type ModelReply } from '../../agent/model.ts';
import { cutOffError, invalidResponseError, type Endpoint } from '../model-errors.ts';

/** How an answer ended: with a reply, or with a failure. */
export type Finish = ModelReply['finishReason'] | ModelError;

/** The reasons are those of `FinishReason` in the SDK. */
const FILTERED = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'ESCALATION',
  'MODEL_ARMOR',
]);

/** The model wrote what Google could not read as a call. Another try mostly works. */
const UNUSABLE = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
]);

/** A reason that is not known, and OTHER, is no success: the answer counts as cut off. */
export function judgeFinish(reason: string, endpoint: Endpoint): Finish {
  if (reason === 'STOP') return 'STOP';
  if (reason === 'MAX_TOKENS') return 'LENGTH';
  if (FILTERED.has(reason)) return 'CONTENT_FILTER';
  if (UNUSABLE.has(reason))
    return invalidResponseError(endpoint, `a tool call that it could not read itself (${reason})`);
  if (reason === 'PUP_LIMITED_DISABLED')
    return finalError('LLM_AUTHENTICATION', `${endpoint.provider} has limited or disabled the account (${reason}).`);
  return cutOffError(endpoint, reason);
}

/** The prompt was refused: nothing of an answer came. */
export function blockedError({ provider }: Endpoint, reason: string): ModelError {
  const said = reason.slice(0, 60).toWellFormed();
  return finalError('LLM_BAD_REQUEST', `${provider} blocked the prompt for its content (${said}).`);
}

function finalError(code: ModelErrorCode, message: string): ModelError {
  return new ModelError({ code, message, isRetryable: false, retryAfterMs: null, cause: undefined });
}
