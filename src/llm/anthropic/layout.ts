import type {
  ContentBlockParam,
  RedactedThinkingBlockParam,
  ThinkingBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages';

/**
 * What an answer consisted of, in order: thinking as the API gave it, which wants it back byte for byte and in its place,
 * pieces of the text, from and to, and calls by their place.
 */
export type Piece =
  ThinkingBlockParam | RedactedThinkingBlockParam | { text: [from: number, to: number] } | { call: number };

/** `ModelReply.reasoningData` of these models. */
export interface Layout {
  anthropic: Piece[];
}

/** The blocks of an answer, as they were laid out; without a layout that fits, the text and then the calls. */
export function asLaidOut(text: string, calls: ToolUseBlockParam[], layout: unknown): ContentBlockParam[] {
  const pieces = (layout as Partial<Layout> | null | undefined)?.anthropic ?? [];
  const thinking = pieces.filter((piece) => 'type' in piece);
  const plain = [...(text.trim() === '' ? [] : [{ type: 'text' as const, text }]), ...calls];
  if (!fits(pieces, text, calls.length)) return [...thinking, ...plain];
  return pieces.flatMap((piece): ContentBlockParam[] => {
    if ('type' in piece) return [piece];
    if ('call' in piece) return calls.slice(piece.call, piece.call + 1);
    const part = text.slice(...piece.text);
    return part.trim() === '' ? [] : [{ type: 'text', text: part }];
  });
}

/** Not when a call was left out, or the text was merged with another. */
function fits(pieces: Piece[], text: string, calls: number): boolean {
  const end = pieces.reduce((last, piece) => ('text' in piece ? piece.text[1] : last), 0);
  return end === text.length && pieces.filter((piece) => 'call' in piece).length === calls;
}
