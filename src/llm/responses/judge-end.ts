import type { ModelError, ModelReply } from '../../agent/model.ts';
import { cutOffError, invalidResponseError, streamError, type Endpoint } from '../model-errors.ts';
import type { WholeResponse } from './events.ts';

/** What a response fails with when it is the request that is refused: https://developers.openai.com/api/reference/resources/responses */
const REFUSALS = /^(invalid_|image_|bio_policy|misalignment_|unsupported_|empty_image|failed_to_download_image)/;

/**
 * Says how an answer ended; `claimed` is what its event says where the response says nothing. Throws ModelError for a failure.
 * What is not known is no success.
 */
export function judgeEnd(response: WholeResponse, claimed: string, endpoint: Endpoint): ModelReply['finishReason'] {
  const status = response.status ?? claimed;
  const reason = response.incomplete_details?.reason;
  switch (status) {
    case 'completed':
      return 'STOP';
    case 'incomplete':
      if (reason === 'max_output_tokens') return 'LENGTH';
      if (reason === 'content_filter') return 'CONTENT_FILTER';
      throw cutOffError(endpoint, reason ?? status);
    case 'failed':
      throw failureOf(response.error ?? 'it failed while it answered', endpoint);
    case 'cancelled':
      throw failureOf('it cancelled the answer', endpoint);
    default:
      throw invalidResponseError(endpoint, `an answer that ended with the unknown status ${status}`);
  }
}

/** An error that came in a stream. */
export function failureOf(error: unknown, endpoint: Endpoint): ModelError {
  if (typeof error !== 'object' || error === null) return streamError(error, endpoint);
  const { code, type, ...said } = error as { code?: unknown; type?: unknown };
  const isRefusal = typeof code === 'string' && REFUSALS.test(code);
  return streamError({ ...said, code, type: isRefusal ? 'invalid_request_error' : type }, endpoint);
}
