import { builder } from './builder.ts';

const TextPart = builder.objectRef<{ text: string }>('TextPart').implement({
  description: 'A part that is text.',
  fields: (t) => ({ text: t.exposeString('text', { description: 'The text.' }) }),
});

export const ContentPart = builder.unionType('ContentPart', {
  description: 'A part of what a user sent. More members may come.',
  types: [TextPart],
  resolveType: () => TextPart,
});

export const ContentPartInput = builder.inputType('ContentPartInput', {
  description: 'A part of a message. Exactly one field.',
  isOneOf: true,
  fields: (t) => ({ text: t.string({ description: 'The text.' }) }),
});
