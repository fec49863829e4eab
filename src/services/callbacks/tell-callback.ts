import type { Deps } from '../deps.ts';
import { PrivateAddressError } from '../outbound/public-address.ts';
import { recordCallback, type CallbackOutcome, type DueCallback } from './claim-callbacks.ts';
import { postCallback, type CallbackOptions } from './post-callback.ts';

const MAX_ERROR = 500;

/** Tells the end of a run to its callback URL, once, and keeps what came of it. It never fails the run. */
export async function tellCallback(
  { sql, log }: Pick<Deps, 'sql' | 'log'>,
  due: DueCallback,
  options: CallbackOptions,
): Promise<void> {
  const { runId, url, tries, status, stopReason, completedAt, sentAt } = due;
  const body = JSON.stringify({ runId, status, stopReason, completedAt });
  const outcome = await postCallback({ id: runId, url, body, sentAt }, options).then(ofStatus, ofError);
  await recordCallback(sql, due, outcome);
  log.debug({ runId, tries, ...outcome }, 'callback tried');
}

function ofStatus(statusCode: number): CallbackOutcome {
  const isTaken = statusCode >= 200 && statusCode < 300;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  const why = isRedirect ? 'redirects are not followed' : 'only a 2xx counts as delivered';
  return { statusCode, error: isTaken ? null : `The answer was ${statusCode}: ${why}.`, isRetried: !isTaken };
}

function ofError(error: Error): CallbackOutcome {
  const isPrivate = error instanceof PrivateAddressError;
  const advice = isPrivate ? ' Set CALLBACK_ALLOW_PRIVATE=true on the server to allow private ones.' : '';
  // A certificate, among others, brings its own words.
  const message = `${error.message || error.name}${advice}`.replaceAll('\0', '').slice(0, MAX_ERROR).toWellFormed();
  return { statusCode: null, error: message, isRetried: !isPrivate || error.isRetried };
}
