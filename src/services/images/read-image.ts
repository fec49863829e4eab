import type { IncomingMessage } from 'node:http';
import { MAX_IMAGE_BYTES } from './content-part.ts';
import { isHttp } from '../outbound/http-url.ts';
import { imageTypeOf, imageTypes, type ImageType } from './image-type.ts';
import { requestPublic } from '../outbound/public-request.ts';

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface ReadImage {
  mediaType: ImageType;
  data: Buffer;
}

interface ReadOptions {
  /** Whether it may be at an address that is not public, such as this machine. */
  allowsPrivate: boolean;
  signal: AbortSignal;
  /** Told of each piece, before it is kept; what it throws ends the reading. */
  onBytes(count: number): void;
}

/** Reads an image from where a client says that it is. Whatever the answer calls it, its first bytes decide what it is. */
export async function readImage(url: string, options: ReadOptions): Promise<ReadImage> {
  const response = await open(new URL(url), options, MAX_REDIRECTS);
  try {
    const data = await collect(response, options);
    const mediaType = imageTypeOf(data);
    if (!mediaType) throw new Error('What is there is not a PNG, JPEG, GIF or WebP image.');
    return { mediaType, data };
  } finally {
    response.destroy();
  }
}

/** Each redirect is a new request, under the same guard. */
async function open(target: URL, options: ReadOptions, redirectsLeft: number): Promise<IncomingMessage> {
  const { allowsPrivate, signal } = options;
  const headers = { accept: imageTypes.join(', '), 'accept-encoding': 'identity', 'user-agent': 'Parley' };
  const response = await requestPublic(target, { method: 'GET', headers, signal, allowsPrivate });
  const { statusCode = 0 } = response;
  if (statusCode === 200) return response;
  response.destroy();
  const { location } = response.headers;
  if (!REDIRECTS.has(statusCode) || location === undefined) throw new Error(`The answer was ${statusCode}.`);
  if (redirectsLeft === 0) throw new Error(`It was redirected more than ${MAX_REDIRECTS} times.`);
  const next = URL.parse(location, target);
  if (!isHttp(next)) throw new Error('It was redirected to what is not an http:// or https:// URL.');
  return open(next, options, redirectsLeft - 1);
}

async function collect(response: IncomingMessage, { onBytes }: ReadOptions): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  checkSize(Number(response.headers['content-length'] ?? 0));
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    checkSize(size);
    onBytes(piece.length);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function checkSize(bytes: number) {
  if (bytes > MAX_IMAGE_BYTES) throw new Error('It is larger than 10 MB.');
}
