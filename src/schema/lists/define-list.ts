import type { InputRef, ObjectRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { List } from '../../store/page-statement.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import type { Row } from '../rows.ts';
import { keysetConnection, type PageArgs } from './keyset-connection.ts';
import type { ListTable } from './list.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns, type OrderInput } from './order.ts';

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description:
      'How many items the whole list has. It is counted when you select it, which takes time in a long list.',
    resolve: (connection) => connection.totalCount(),
  }),
);

interface Definition<T extends ListTable, Field extends string, Filter extends object> {
  /** Also the noun that names the types: `<Noun>Connection`, `<Noun>Edge`, `<Noun>Order`, `<Noun>OrderField`. */
  table: T;
  type: ObjectRef<typeof builder.$inferSchemaTypes, Row<T>>;
  /** What the descriptions call an item, with its article, and several of them, which is also the name of the query. */
  nouns: readonly [one: string, several: string];
  /** Describes the query, which lists all of the organization. */
  description: string;
  filter: InputRef<Filter>;
  noFilter?: string;
  conditions(organizationId: string, filter: Partial<Filter>): List['where'];
  orderFields: OrderColumns<Field>;
}

interface Args<Field extends string, Filter extends object> extends PageArgs {
  filter?: Filter | null | undefined;
  orderBy?: OrderInput<Field> | null | undefined;
}

/** A list with a filter and an order: its types, its query, and what fields need that list the items of another owner. */
export function defineList<T extends ListTable, Field extends string, Filter extends object>({
  table,
  type,
  nouns: [one, several],
  description,
  filter: filterType,
  noFilter = 'All, when left out.',
  conditions,
  orderFields,
}: Definition<T, Field, Filter>) {
  const args = builder.args((t) => ({
    filter: t.field({ type: filterType, description: `Which. ${noFilter}` }),
    orderBy: t.field({
      type: orderInput(table, several, orderFields),
      defaultValue: NEWEST_FIRST as never, // of an input whose fields are not known here
      description: 'In which order. Null counts as left out.',
    }),
  }));
  const Connection = builder.connectionObject(
    { type, name: `${table}Connection`, description: `A page of ${several}.` },
    { name: `${table}Edge`, description: `${one} and its place in the list.` },
  );

  /** A page of those that belong to the owner with this id. */
  function page(
    owner: List['owner'],
    id: string,
    { filter, orderBy, ...pageArgs }: Args<Field, Filter>,
    context: Context,
    info: GraphQLResolveInfo,
  ) {
    return keysetConnection(id, pageArgs, context, info, {
      table,
      owner,
      where: conditions(context.viewer.organizationId, filter ?? {}),
      order: toOrder(several, orderFields, orderBy ?? NEWEST_FIRST),
    });
  }

  builder.queryField(several, (t) =>
    t.connection(
      {
        description,
        type,
        args,
        resolve: (_root, pageArgs, context, info) =>
          page('organizationId', context.viewer.organizationId, pageArgs, context, info),
      },
      Connection,
    ),
  );
  return { args, Connection, page };
}
