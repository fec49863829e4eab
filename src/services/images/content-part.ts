import { z } from 'zod';
import { nonEmptyText } from '../input.ts';
import { hasCredentials, httpUrl } from '../outbound/http-url.ts';

/** The media types that providers accept. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

export type ImageType = (typeof imageTypes)[number];

const beginnings: [ImageType, RegExp][] = [
  ['image/png', /^\x89PNG\r\n[^]\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];

/** Tells the media type by the first bytes, whatever the sender says; undefined if providers do not accept it. */
export function imageTypeOf(data: Buffer): ImageType | undefined {
  const beginning = data.toString('latin1', 0, 12);
  return beginnings.find(([, pattern]) => pattern.test(beginning))?.[0];
}

export const MAX_IMAGES = 20;
export const MAX_IMAGE_BYTES = 10_000_000;
/** Of one send, read from URLs. */
export const MAX_BYTES_TOGETHER = 20_000_000;
export const MAX_REDIRECTS = 3;

/** Longer than for callbacks: signed URLs of object stores are long. */
const MAX_URL = 8000;

const imageUrl = httpUrl(MAX_URL).refine(
  (text) => !hasCredentials(text),
  'must not hold a user name or a password: it is kept, and shown to whoever reads the message',
);

const imageBase64 = z
  .object({ mediaType: z.enum(imageTypes, `must be one of ${imageTypes.join(', ')}`), data: z.string() })
  .superRefine(({ mediaType, data }, { addIssue }) => {
    const bytes = Buffer.from(data, 'base64');
    const refuse = (message: string) => addIssue({ code: 'custom', path: ['data'], message });
    // What the decoder skips or forgives does not come back.
    if (bytes.toString('base64') !== data)
      refuse('must be base64, with its padding, and with nothing before or between');
    else if (bytes.length > MAX_IMAGE_BYTES) refuse('must not be larger than 10 MB');
    else if (imageTypeOf(bytes) !== mediaType) refuse(`is not of the type ${mediaType}: its first bytes say otherwise`);
  });

/** GraphQL has seen to it that there is exactly one. */
export const contentPart = z.object({
  text: nonEmptyText.optional(),
  imageUrl: imageUrl.optional(),
  imageBase64: imageBase64.optional(),
});

export type SentPart = z.output<typeof contentPart>;
