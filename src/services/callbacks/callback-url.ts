import { hasCredentials, httpUrl } from '../outbound/http-url.ts';

const MAX = 2000;

/** Where the end of a run is to be told. */
export const callbackUrl = httpUrl(MAX).refine(
  (text) => !hasCredentials(text),
  'must not hold a user name or a password: leave them out, and have your server check the signature instead',
);
