import { z } from 'zod';

/** A reasoning item as the model that wrote it wants it back. */
const Sealed = z.object({ id: z.string(), summary: z.array(z.string()), encrypted: z.string() });

/** One item of an answer. `text` is how much of the answer's text it has, and `call` the place of a call in the answer. */
const Part = z.union([
  z.object({ reasoning: Sealed }),
  z.object({ text: z.number(), phase: z.string().optional() }),
  z.object({ call: z.number() }),
]);

const Outline = z.object({ output: z.array(Part) });

export type SealedReasoning = z.infer<typeof Sealed>;
export type OutlinePart = z.infer<typeof Part>;

/** The items of an answer in their order: `ModelReply.reasoningData` of this protocol. */
export type AnswerOutline = z.infer<typeof Outline>;

/** Undefined when another protocol wrote it, or none. */
export function readOutline(reasoningData: unknown): AnswerOutline | undefined {
  return Outline.safeParse(reasoningData).data;
}
