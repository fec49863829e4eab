import type { Piece } from './split-thoughts.ts';

interface ContentPart {
  type?: unknown;
  text?: unknown;
  thinking?: unknown;
  summary?: unknown;
  refusal?: unknown;
}

/** Takes content that is a list of parts, as Mistral and others send it, apart as text and reasoning. */
export function splitContent(content: unknown): Piece[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts.map((part: ContentPart | string | null) => {
    const isThought = typeof part === 'object' && /think|reason/.test(String(part?.type ?? ''));
    return { type: isThought ? 'reasoning' : 'text', text: textIn(part) };
  });
}

/** The text in a part, or in a list of them; what has none, such as a reference or an encrypted thought, is empty. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textIn).join('');
  if (typeof value !== 'object' || value === null) return '';
  const { text, thinking, summary, refusal } = value as ContentPart;
  return textIn(text ?? thinking ?? summary ?? refusal);
}
