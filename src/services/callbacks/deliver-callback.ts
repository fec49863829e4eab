import { createHmac } from 'node:crypto';
import type { Deps } from '../deps.ts';
import { PrivateAddressError } from '../outbound/public-address.ts';
import { requestPublic } from '../outbound/public-request.ts';
import { recordDelivery, type DeliveryOutcome, type DueCallback } from './claim-callbacks.ts';

export const CALLBACK_TIMEOUT_MS = 5000;
const MAX_ERROR = 500;

export interface CallbackOptions {
  /** Signs each callback as Standard Webhooks specifies. Without a secret, callbacks are unsigned. */
  secret: Buffer | undefined;
  /** Whether a callback may go to a private address, such as localhost. */
  allowsPrivate: boolean;
}

/** Makes one delivery attempt of a run's callback and stores its outcome. A failed attempt never fails the run. */
export async function deliverCallback(
  { sql, log }: Pick<Deps, 'sql' | 'log'>,
  due: DueCallback,
  options: CallbackOptions,
): Promise<void> {
  const outcome = await post(due, options).then(ofStatus, ofError);
  await recordDelivery(sql, due, outcome);
  log.debug({ runId: due.runId, tries: due.tries, ...outcome }, 'callback tried');
}

/**
 * Returns the status of the response, whatever it is. Rejects if there is none within CALLBACK_TIMEOUT_MS. The body is not read. Every
 * attempt has the same `webhook-id`, by which a receiver recognises a repeat, and is signed with the database's time: a
 * receiver refuses a signature whose time is far from its own.
 */
async function post(due: DueCallback, { secret, allowsPrivate }: CallbackOptions): Promise<number> {
  const { runId: id, url, status, stopReason, completedAt, sentAt } = due;
  const body = JSON.stringify({ runId: id, status, stopReason, completedAt });
  const timestamp = Math.floor(sentAt.getTime() / 1000);
  const signal = AbortSignal.timeout(CALLBACK_TIMEOUT_MS);
  try {
    const response = await requestPublic(new URL(url), {
      method: 'POST',
      body,
      signal,
      allowsPrivate,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Parley',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(secret && { 'webhook-signature': sign(`${id}.${timestamp}.${body}`, secret) }),
      },
    });
    response.destroy();
    return response.statusCode ?? 0;
  } catch (error) {
    throw signal.aborted ? new Error(`There was no answer within ${CALLBACK_TIMEOUT_MS / 1000} seconds.`) : error;
  }
}

function sign(content: string, secret: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(content).digest('base64')}`;
}

function ofStatus(statusCode: number): DeliveryOutcome {
  const isTaken = statusCode >= 200 && statusCode < 300;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  const why = isRedirect ? 'redirects are not followed' : 'only a 2xx counts as delivered';
  return { statusCode, error: isTaken ? null : `The answer was ${statusCode}: ${why}.`, isRetried: !isTaken };
}

function ofError(error: Error): DeliveryOutcome {
  const isPrivate = error instanceof PrivateAddressError;
  const advice = isPrivate ? ' Set CALLBACK_ALLOW_PRIVATE=true on the server to allow private ones.' : '';
  // The message of a certificate error, among others, is the remote server's.
  const message = `${error.message || error.name}${advice}`.replaceAll('\0', '').slice(0, MAX_ERROR).toWellFormed();
  return { statusCode: null, error: message, isRetried: !isPrivate || error.isRetried };
}
