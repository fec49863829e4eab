import { createHmac } from 'node:crypto';
import { requestPublic } from '../outbound/public-request.ts';

export const CALLBACK_TIMEOUT_MS = 5000;

export interface CallbackOptions {
  /** Signs each callback, in the manner of Standard Webhooks. Without it they go out unsigned. */
  secret: Buffer | undefined;
  /** Whether they may go to addresses that are not public, such as this machine. */
  allowsPrivate: boolean;
}

interface Callback {
  /** The same in each try, so that a receiver can tell a repeat. */
  id: string;
  url: string;
  body: string;
  /** Receivers refuse what is signed at another time than theirs: not by the clock of this process. */
  sentAt: Date;
}

/**
 * Posts once, and returns the status of the answer, whatever it is. Rejects when there is none, after 5 seconds at the
 * latest. The body of the answer is not read.
 */
export async function postCallback({ id, url, body, sentAt }: Callback, options: CallbackOptions): Promise<number> {
  const timestamp = Math.floor(sentAt.getTime() / 1000);
  const signal = AbortSignal.timeout(CALLBACK_TIMEOUT_MS);
  try {
    const response = await requestPublic(new URL(url), {
      method: 'POST',
      body,
      signal,
      allowsPrivate: options.allowsPrivate,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Parley',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(options.secret && { 'webhook-signature': sign(`${id}.${timestamp}.${body}`, options.secret) }),
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
