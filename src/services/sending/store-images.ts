import type { MessageContent } from '../../agent/message.ts';
import { newId } from '../../ids.ts';
import type { Deps } from '../deps.ts';
import type { SentPart } from '../images/content-part.ts';
import { downloadImages } from '../images/download-images.ts';
import type { NewImage, NewInput } from '../runs/insert-run.ts';

/** A message of a send; its parts are as they were sent, in the same places. */
export type SentMessage = Omit<NewInput, 'kind' | 'content'> &
  (
    | { kind: 'USER'; content: { parts: SentPart[]; name?: string } }
    | { kind: 'SYSTEM'; content: MessageContent['SYSTEM'] }
  );

export function hasImageUrl(messages: SentMessage[]): boolean {
  return urlsOf(messages).length > 0;
}

/** The messages as they are stored, and the rows of their images. An image that was sent as a URL is downloaded here. */
export async function storeImages(
  { images: options }: Pick<Deps, 'images'>,
  messages: SentMessage[],
  signal: AbortSignal | undefined,
): Promise<{ messages: NewInput[]; images: NewImage[] }> {
  const places = options.urls === 'fetch' ? urlsOf(messages) : [];
  const downloaded = places.length > 0 ? await downloadImages(places, options, signal) : [];
  const imageAt = new Map(places.map(({ part }, index) => [part, downloaded[index]]));
  const images: NewImage[] = [];
  return { messages: messages.map(toStored), images };

  function toStored(message: SentMessage): NewInput {
    if (message.kind === 'SYSTEM') return message;
    return { ...message, content: { ...message.content, parts: message.content.parts.map(toPart) } };
  }

  function toPart(part: SentPart): MessageContent['USER']['parts'][number] {
    const { text = '', imageUrl: url, imageBase64 } = part;
    const found = imageAt.get(part);
    if (imageBase64) return { image: keep(imageBase64) };
    if (url !== undefined && found)
      return { image: { ...keep({ mediaType: found.mediaType, data: found.data.toString('base64') }), url } };
    return url === undefined ? { text } : { image: { url } };
  }

  function keep({ mediaType, data }: Omit<NewImage, 'id'>) {
    const id = newId('Image');
    images.push({ id, mediaType, data });
    return { id, mediaType };
  }
}

function urlsOf(messages: SentMessage[]) {
  return messages.flatMap(({ kind, content }, index) =>
    kind === 'SYSTEM'
      ? []
      : content.parts.flatMap((part, place) =>
          part.imageUrl === undefined
            ? []
            : [{ part, url: part.imageUrl, path: ['messages', `${index}`, 'content', `${place}`, 'imageUrl'] }],
        ),
  );
}
