import { longText } from './input.ts';

const MAX = 2000;

/** Where the end of a run is to be told. Whether its address may be reached is seen when it is: a name can change its address. */
export const callbackUrl = longText
  .max(MAX, `must not be longer than ${MAX} characters`)
  .refine((text) => isHttp(URL.parse(text)), 'must be a whole URL that begins with http:// or https://')
  .refine(
    (text) => !hasCredentials(URL.parse(text)),
    'must not hold a user name or a password: leave them out, and have your server check the signature instead',
  );

function isHttp(url: URL | null): boolean {
  return url !== null && /^https?:$/.test(url.protocol);
}

function hasCredentials(url: URL | null): boolean {
  return url !== null && (url.username !== '' || url.password !== '');
}
