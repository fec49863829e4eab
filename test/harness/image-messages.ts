import { dataUrl } from './images.ts';
import { type TestServer } from './server.ts';

export const LOCAL = { IMAGE_ALLOW_PRIVATE: 'true' };

export const base64 = (mediaType: string, data: Buffer) => ({
  imageBase64: { mediaType, data: data.toString('base64') },
});

export const inline = (mediaType: string, data: Buffer) => ({
  type: 'image_url',
  image_url: { url: dataUrl(mediaType, data) },
});

export const userContents = (server: TestServer, call = -1) =>
  server.model.requests
    .at(call)
    ?.body.messages.filter(({ role }) => role === 'user')
    .map(({ content }) => content as unknown);
