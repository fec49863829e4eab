/** What providers take. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

export type ImageType = (typeof imageTypes)[number];

const beginnings: [ImageType, RegExp][] = [
  ['image/png', /^\x89PNG\r\n[^]\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];

/** What the first bytes say that it is, whatever its sender says; nothing when it is no image that providers take. */
export function imageTypeOf(data: Buffer): ImageType | undefined {
  const beginning = data.toString('latin1', 0, 12);
  return beginnings.find(([, pattern]) => pattern.test(beginning))?.[0];
}
