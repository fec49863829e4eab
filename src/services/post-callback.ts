import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { checkLiteral, lookupPublic } from './public-address.ts';

const TIMEOUT_MS = 5000;

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
}

/**
 * Posts once, and returns the status of the answer, whatever it is. Rejects when there is none, after 5 seconds at the
 * latest. Redirects are not followed: they could lead anywhere. The body of the answer is not read.
 */
export async function postCallback({ id, url, body }: Callback, options: CallbackOptions): Promise<number> {
  const target = new URL(url);
  if (!options.allowsPrivate) checkLiteral(target);
  const timestamp = Math.floor(Date.now() / 1000);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(target, {
      method: 'POST',
      // No connection is kept, so none is used again that was checked for another name.
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Parley',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(options.secret && { 'webhook-signature': sign(`${id}.${timestamp}.${body}`, options.secret) }),
      },
      ...(!options.allowsPrivate && { lookup: lookupPublic }),
    });
    sent.on('response', (response) => {
      response.on('error', () => {}); // it is cut off, and was not wanted
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', (error) => {
      reject(signal.aborted ? new Error(`There was no answer within ${TIMEOUT_MS / 1000} seconds.`) : error);
    });
    // An upgrade that nobody asked for ends without either of the above.
    sent.on('close', () => reject(new Error('The connection was closed without an answer.')));
    sent.end(body);
  });
}

function sign(content: string, secret: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(content).digest('base64')}`;
}
