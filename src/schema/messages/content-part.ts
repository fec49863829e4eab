import DataLoader from 'dataloader';
import type { ContentPart as Part, ImageContent } from '../../agent/message.ts';
import { MAX_REQUEST_BYTES } from '../../request-size.ts';
import { MAX_BYTES_TOGETHER, MAX_IMAGE_BYTES, MAX_IMAGES, MAX_REDIRECTS } from '../../services/images/content-part.ts';
import { loadImages } from '../../services/images/load-images.ts';
import { imageTypes } from '../../services/images/content-part.ts';
import { builder } from '../builder.ts';
import { megabytes } from '../limits.ts';
import type { Context } from '../context.ts';

const TextPart = builder.objectRef<{ text: string }>('TextPart').implement({
  description: 'A part that is text.',
  fields: (t) => ({ text: t.exposeString('text', { description: 'The text.' }) }),
});

const ImagePart = builder.objectRef<{ image: ImageContent }>('ImagePart').implement({
  description: 'A part that is an image.',
  fields: (t) => ({
    url: t.string({
      nullable: true,
      description: 'The URL that was sent; null when the image itself was.',
      resolve: ({ image }) => image.url,
    }),
    mediaType: t.string({
      nullable: true,
      description: `What its first bytes say that it is: ${imageTypes.join(', ')}. Null when the server did not read it, and leaves that to the provider.`,
      resolve: ({ image }) => ('id' in image ? image.mediaType : null),
    }),
    detail: t.string({
      nullable: true,
      description: 'How closely the model is to look. Null when it decides, as it does with whatever is sent here.',
      resolve: ({ image }) => image.detail,
    }),
    data: t.string({
      nullable: true,
      description:
        'The image itself, in base64, which is a third larger. What was at the URL when it was sent. Null when the server did not read it.',
      resolve: ({ image }, _args, context, info) =>
        'id' in image ? context.loaders.at(info, () => dataLoader(context)).load(image.id) : null,
    }),
  }),
});

export const ContentPart = builder.unionType('ContentPart', {
  description: 'A part of what a user sent. More members may come.',
  types: [TextPart, ImagePart],
  resolveType: (part: Part) => ('text' in part ? TextPart : ImagePart),
});

const ImageBase64Input = builder.inputType('ImageBase64Input', {
  description: 'An image itself.',
  fields: (t) => ({
    mediaType: t.string({
      required: true,
      description: `One of ${imageTypes.join(', ')}. Its first bytes must agree.`,
    }),
    data: t.string({
      required: true,
      description: `In base64, with its padding, at most ${megabytes(MAX_IMAGE_BYTES)} decoded. A whole request has at most ${megabytes(MAX_REQUEST_BYTES)} by default, over HTTP (MAX_BODY_BYTES) and as a WebSocket message (MAX_FRAME_BYTES).`,
    }),
  }),
});

export const ContentPartInput = builder.inputType('ContentPartInput', {
  description: `A part of a message. Exactly one field. At most ${MAX_IMAGES} images a send, and ${megabytes(MAX_BYTES_TOGETHER)} of them read from URLs.`,
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: 'The text.' }),
    imageUrl: t.string({
      description:
        `An http:// or https:// URL of a PNG, JPEG, GIF or WebP image of at most ${megabytes(MAX_IMAGE_BYTES)}. It is read when it is sent, at most ${MAX_REDIRECTS} redirects away, from public addresses only; ` +
        'what was there then is what the model sees for good. When one of the images of a send cannot be read, by default within 10 seconds for all, nothing is sent. ' +
        'A server may be set to read none: then the provider gets the URL.',
    }),
    imageBase64: t.field({ type: ImageBase64Input, description: 'An image itself.' }),
  }),
});

function dataLoader({ deps, viewer }: Context): DataLoader<string, string | null> {
  return new DataLoader<string, string | null>(async (ids) => {
    const images = await loadImages(deps, viewer.organizationId, ids);
    return ids.map((id) => images.get(id) ?? null);
  });
}
