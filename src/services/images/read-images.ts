import { InvalidInputError, type InputIssue } from '../../errors.ts';
import type { ImageOptions } from '../deps.ts';
import { PrivateAddressError } from '../outbound/public-address.ts';
import { readImage, type ReadImage } from './read-image.ts';

const PARALLEL = 4;
const MAX_BYTES_TOGETHER = 20_000_000;
const MAX_ERROR = 500;

interface ImagePlace {
  url: string;
  /** Where it is in the input. */
  path: string[];
}

/** Reads the images of a send, in order; or throws an InvalidInputError that says what is wrong with each that could not be read. */
export async function readImages(
  places: ImagePlace[],
  { allowsPrivate, timeoutMs }: ImageOptions,
  request: AbortSignal | undefined,
): Promise<ReadImage[]> {
  const images: ReadImage[] = [];
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
        images[index] = await readImage(url, { allowsPrivate, signal, onBytes });
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
