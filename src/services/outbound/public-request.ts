import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { checkLiteral, lookupPublic } from './public-address.ts';

interface RequestOptions {
  method: 'GET' | 'POST';
  headers: OutgoingHttpHeaders;
  body?: string;
  signal: AbortSignal;
  /** Whether it may go to addresses that are not public, such as this machine. */
  allowsPrivate: boolean;
}

/**
 * Makes one request to a URL that a client named, and resolves with the head of the answer, whatever it is: its body is
 * the caller's to read or to destroy. Rejects when there is none. Redirects are not followed: they could lead anywhere.
 */
export async function requestPublic(
  target: URL,
  { allowsPrivate, body, ...options }: RequestOptions,
): Promise<IncomingMessage> {
  if (!allowsPrivate) checkLiteral(target);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(target, {
      ...options,
      // No connection is kept, so none is used again that was checked for another name.
      agent: false,
      ...(!allowsPrivate && { lookup: lookupPublic }),
    });
    sent.on('response', (response) => {
      response.on('error', () => {}); // whoever reads the body is told; nobody else wants it
      resolve(response);
    });
    sent.on('error', reject);
    // An upgrade that nobody asked for ends without either of the above.
    sent.on('close', () => reject(new Error('The connection was closed without an answer.')));
    sent.end(body);
  });
}
