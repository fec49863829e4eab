import { NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { readHeadsFirst } from './heads-first.ts';
import { delegateOf, uncapitalize, visibleRows, type NodeType } from './rows.ts';

type Types = typeof builder.$inferSchemaTypes;
type FieldsOf<Parent> = PothosSchemaTypes.ObjectFieldBuilder<Types, Parent>;

/**
 * A field of a payload, or of an error, that shows the row with this id. One that was deleted meanwhile is NOT_FOUND, or is
 * shown as it was where `isShownDeleted`: the mutation was made, and to say so is more than to show what it was made on.
 */
export function rowField<Parent>(
  t: FieldsOf<Parent>,
  type: Exclude<NodeType, 'Message'>,
  idOf: (parent: Parent) => string,
  description = 'As it is now.',
  isShownDeleted = false,
) {
  return t.prismaField({
    type,
    description,
    resolve: async (query: object, parent: Parent, _args: object, context, info) => {
      const id = idOf(parent);
      await readHeadsFirst(context, info, [id]);
      const { organizationId } = context.viewer;
      const visible = isShownDeleted ? { organizationId } : visibleRows(context, type);
      const row = await delegateOf(context, type).findFirst({ ...query, where: { id, ...visible } });
      if (!row) throw new NotFoundError(id);
      return row;
    },
  });
}

/** The payload of a mutation that made or changed the row with this id, and tells nothing else. */
export function rowPayload(type: 'Agent' | 'Conversation', name: string, description: string) {
  return builder.objectRef<{ id: string }>(name).implement({
    description,
    fields: (t) => ({ [uncapitalize(type)]: rowField(t, type, ({ id }) => id) }),
  });
}

export function deletedPayload(name: string, description: string, ofId = 'The id that was given.') {
  return builder.objectRef<{ deletedId: string }>(name).implement({
    description,
    fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: ofId }) }),
  });
}
