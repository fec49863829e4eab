import type { Content, Part } from '@google/genai';
import type { ModelAnswer, ModelMessage, ModelPart } from '../../agent/model.ts';
import { toGoogleName } from './names.ts';

/** Google's word for a call that another model wrote: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs */
const NO_SIGNATURE = { thoughtSignature: 'skip_thought_signature_validator' };

/** What goes back with an answer: the signatures of its text, each of the piece from `start` to `end`. */
export interface SignedText {
  /** Of the whole text, to see that it is still the same. */
  length: number;
  signatures: { start: number; end: number; thoughtSignature: string }[];
}

/** What goes back with a call. */
export interface SignedCall {
  thoughtSignature: string;
}

/** A normalised history without its system message. Parts of one role in a row become one content, so the roles alternate. */
export function toContents(messages: ModelMessage[], { needsSignatures }: { needsSignatures: boolean }): Content[] {
  const contents: Content[] = [];
  const names = new Map<string, { name: string; isGiven: boolean }>();
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = toParts(message, names, needsSignatures);
    const last = contents.at(-1);
    if (last?.role === role) last.parts!.push(...parts);
    else contents.push({ role, parts });
  }
  return contents;
}

type Names = Map<string, { name: string; isGiven: boolean }>;

function toParts(message: ModelMessage, names: Names, needsSignatures: boolean): Part[] {
  switch (message.role) {
    case 'system':
      return [{ text: message.text }];
    case 'user':
      return message.parts?.map(toPart) ?? [{ text: message.text }];
    case 'tool': {
      const { toolCallId: id, text: output } = message;
      const { name, isGiven } = names.get(id) ?? { name: id, isGiven: false };
      return [{ functionResponse: { ...(isGiven && { id }), name, response: { output } } }];
    }
    case 'assistant':
      for (const { id, name, givenId } of message.toolCalls)
        names.set(id, { name: toGoogleName(name), isGiven: Boolean(givenId) });
      return [...toTexts(message), ...toCalls(message, needsSignatures)];
  }
}

/** Only what Google named has its name: it pairs calls by their order otherwise. */
function toCalls({ toolCalls }: ModelAnswer, needsSignatures: boolean): Part[] {
  return toolCalls.map(({ id, name, arguments: written, givenId, extra }, place) => ({
    functionCall: {
      ...(givenId && { id }),
      name: toGoogleName(name),
      args: JSON.parse(written) as Record<string, unknown>,
    },
    ...(signatureOf(extra) ?? (needsSignatures && place === 0 ? NO_SIGNATURE : {})),
  }));
}

/** Undefined, too, for what another protocol kept under the same handle. */
function signatureOf(extra: unknown): SignedCall | undefined {
  const { thoughtSignature } = (extra ?? {}) as Partial<SignedCall>;
  return typeof thoughtSignature === 'string' ? { thoughtSignature } : undefined;
}

/** The same without what Google gave: it refuses the signatures of another project, and those that it knows no more. */
export function withoutSignatures(contents: Content[]): Content[] {
  return contents.map(({ parts = [], ...content }) => {
    const firstCall = parts.findIndex(({ functionCall }) => functionCall);
    const unsigned = parts.map(({ thoughtSignature, ...part }, place) =>
      thoughtSignature && place === firstCall ? { ...part, ...NO_SIGNATURE } : part,
    );
    return { ...content, parts: unsigned.filter(({ text }) => text !== '') };
  });
}

/** A signature goes back on the part that it came with; the text around it stays apart. */
function toTexts({ text, reasoningData }: ModelAnswer): Part[] {
  const { length, signatures } = (reasoningData as SignedText | undefined) ?? { length: 0, signatures: [] };
  const parts: Part[] = [];
  let at = 0;
  for (const { start, end, thoughtSignature } of length === text.length ? signatures : []) {
    if (start > at) parts.push({ text: text.slice(at, start) });
    parts.push({ text: text.slice(start, end), thoughtSignature });
    at = end;
  }
  return at < text.length ? [...parts, { text: text.slice(at) }] : parts;
}

const TYPES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp' };

function toPart(part: ModelPart): Part {
  if ('text' in part) return { text: part.text };
  const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(part.imageUrl) ?? [];
  if (mimeType && data !== undefined) return { inlineData: { mimeType, data } };
  // Google reads it itself, and wants to know its type.
  const extension = /\.(\w+)$/.exec(new URL(part.imageUrl).pathname)?.[1]?.toLowerCase() ?? '';
  return { fileData: { fileUri: part.imageUrl, mimeType: TYPES[extension] ?? 'image/jpeg' } };
}
