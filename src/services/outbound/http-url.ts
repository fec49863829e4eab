import { longText } from '../input.ts';

/** A URL that the server, or a provider on its behalf, is to call. Whether its address may be reached is seen when it is: a name can change its address. */
export const httpUrl = (max: number) =>
  longText
    .max(max, `must not be longer than ${max} characters`)
    .refine((text) => isHttp(URL.parse(text)), 'must be a whole URL that begins with http:// or https://');

export function isHttp(url: URL | null): url is URL {
  return url !== null && /^https?:$/.test(url.protocol);
}

export function hasCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== '' || url.password !== '');
}
