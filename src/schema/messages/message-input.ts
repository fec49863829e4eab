import { builder } from '../builder.ts';
import { ContentPartInput } from './content-part.ts';

const MessageInputRole = builder.enumType('MessageInputRole', {
  description: 'Who speaks.',
  values: {
    USER: { description: 'A user.' },
    SYSTEM: { description: 'Instructions, beside the system prompt.' },
  } as const,
});

export const MessageInput = builder.inputType('MessageInput', {
  description: 'One message. Exactly one of text and content.',
  fields: (t) => ({
    role: t.field({ type: MessageInputRole, defaultValue: 'USER', description: 'Null counts as left out.' }),
    text: t.string({ description: 'Short form of one part of text. Not empty.' }),
    content: t.field({
      type: [ContentPartInput],
      description: 'Its parts, at least one. Only text with the role SYSTEM.',
    }),
    name: t.string({ description: 'Name of the sender, as the model sees it. Not kept with the role SYSTEM.' }),
    otid: t.string({
      description: "The client's own id of it; comes back on the message, also in events. Not checked for uniqueness.",
    }),
    senderId: t.id({ description: 'Who sent it, for your own use. Not checked.' }),
    groupId: t.id({ description: 'What it belongs to, for your own use. Not checked.' }),
  }),
});
