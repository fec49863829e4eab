import { builder } from '../builder.ts';
import { Conversation } from './conversation.ts';

/** The payload of a mutation that made or changed the conversation with this id, and tells nothing else. */
export function conversationPayload(name: string, description: string) {
  return builder.objectRef<{ id: string }>(name).implement({
    description,
    fields: (t) => ({
      conversation: t.prismaField({
        type: Conversation,
        description: 'As it is now.',
        resolve: async (query, { id }, _args, { deps, loaders, viewer: { organizationId } }, info) => {
          await loaders.readHeads(info, [id]);
          return deps.db.conversation.findUniqueOrThrow({ ...query, where: { id, organizationId } });
        },
      }),
    }),
  });
}
