import type { IncomingMessage } from 'node:http';
import { InvalidInputError, type InputIssue } from '../../errors.ts';
import type { ImageOptions } from '../deps.ts';
import { isHttp } from '../outbound/http-url.ts';
import { PrivateAddressError } from '../outbound/public-address.ts';
import { requestPublic } from '../outbound/public-request.ts';
import {
  imageTypeOf,
  imageTypes,
  MAX_BYTES_TOGETHER,
  MAX_IMAGE_BYTES,
  MAX_REDIRECTS,
  type ImageType,
} from './content-part.ts';

const PARALLEL = 4;
const MAX_ERROR = 500;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

interface DownloadedImage {
  mediaType: ImageType;
  data: Buffer;
}

interface DownloadOptions {
  /** Whether the address may be one that is not public, such as this machine. */
  allowsPrivate: boolean;
  signal: AbortSignal;
  /** Called with the size of each chunk before it is kept. An error that it throws ends the download. */
  onBytes(count: number): void;
}

interface ImagePlace {
  url: string;
  /** The path of the URL in the input. */
  path: string[];
}

/** Downloads the images of a send, in order. Throws one InvalidInputError that names each failed URL and why it failed. */
export async function downloadImages(
  places: ImagePlace[],
  { allowsPrivate, timeoutMs }: ImageOptions,
  request: AbortSignal | undefined,
): Promise<DownloadedImage[]> {
  const images: DownloadedImage[] = [];
  const issues: InputIssue[] = [];
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = request ? AbortSignal.any([request, timeout]) : timeout;
  let bytes = 0;
  const queue = places.entries();
  await Promise.all(Array.from({ length: PARALLEL }, takeNext));
  if (issues.length > 0) throw new InvalidInputError(issues);
  return images;

  async function takeNext() {
    for (const [index, { url, path }] of queue) {
      try {
        images[index] = await downloadImage(url, { allowsPrivate, signal, onBytes });
      } catch (error) {
        issues.push({ path, message: `The image cannot be read. ${reasonOf(error as Error)}` });
      }
    }
  }

  function onBytes(count: number) {
    bytes += count;
    if (bytes > MAX_BYTES_TOGETHER) throw new Error('The images of one send must not be larger than 20 MB together.');
  }

  function reasonOf(error: Error): string {
    if (request?.aborted) return 'The request was given up.';
    if (timeout.aborted) return `It did not come within ${timeoutMs / 1000} seconds.`;
    const advice = error instanceof PrivateAddressError ? ' Send it as imageBase64 instead.' : '';
    return `${error.message || error.name}${advice}`.slice(0, MAX_ERROR).toWellFormed();
  }
}

/** Downloads one image. Its first bytes decide its media type, not the `content-type` of the response. */
export async function downloadImage(url: string, options: DownloadOptions): Promise<DownloadedImage> {
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
async function open(target: URL, options: DownloadOptions, redirectsLeft: number): Promise<IncomingMessage> {
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

async function collect(response: IncomingMessage, { onBytes }: DownloadOptions): Promise<Buffer> {
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
