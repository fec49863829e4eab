/** Enough of an image of each type: nobody looks further than its first bytes. */
export const PNG = Buffer.from('\x89PNG\r\n\x1a\n a picture of a fox!', 'latin1');
export const JPEG = Buffer.from('\xff\xd8\xff\xe0 a picture of a goose', 'latin1');
export const GIF = Buffer.from('GIF89a a fox that runs', 'latin1');
export const WEBP = Buffer.from('RIFF\x10\0\0\0WEBP a fox, smaller', 'latin1');

export const dataUrl = (mediaType: string, data: Buffer) => `data:${mediaType};base64,${data.toString('base64')}`;
