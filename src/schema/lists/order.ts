import type { EnumRef } from '@pothos/core';
import { builder } from '../builder.ts';
import type { NamedOrder } from './list-cursor.ts';
import type { Order } from '../../store/page-statement.ts';

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which way a list runs.',
  values: {
    ASC: { description: 'Rising: the first, the oldest, the least first.' },
    DESC: { description: 'Falling.' },
  } as const,
});

const NullsOrder = builder.enumType('NullsOrder', {
  description: 'Where the items stand that have no value to order by.',
  values: {
    FIRST: { description: 'Before all others, whatever the direction.' },
    LAST: { description: 'After all others, whatever the direction.' },
  } as const,
});

/** The input `<Noun>Order`. */
export function orderInput<Field extends string>(
  noun: string,
  field: EnumRef<typeof builder.$inferSchemaTypes, Field>,
) {
  return builder.inputType(`${noun}Order`, {
    description: 'What a list is ordered by.',
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'By what.' }),
      direction: t.field({ type: OrderDirection, required: true, description: 'Which way.' }),
      nulls: t.field({ type: NullsOrder, defaultValue: 'LAST', description: 'Where those without a value stand.' }),
    }),
  });
}

/** A column to order by, and whether every row has a value there. */
type OrderColumn = Pick<Order, 'column' | 'type' | 'isUnique'> & { isNullable: boolean };

/** What a field of an order input means. */
export type OrderColumns<Field extends string> = { [field in Field]: OrderColumn };

export interface OrderInput<Field extends string> {
  field: Field;
  direction: 'ASC' | 'DESC';
  nulls?: 'FIRST' | 'LAST' | null | undefined;
}

/** The newest first. Spelled out: nothing is filled in inside of a default. */
export const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC', nulls: 'LAST' } as const;

/** The order that was asked for, under the name that binds its cursors to it and to lists of this kind. */
export function toOrder<Field extends string>(
  list: string,
  columns: OrderColumns<Field>,
  input: OrderInput<Field>,
): NamedOrder {
  const { field, direction } = input;
  const { isNullable, ...column } = columns[field];
  if (!isNullable) return { ...column, direction, name: `${list} ${field} ${direction}` };
  const nulls = input.nulls ?? 'LAST';
  return { ...column, direction, nulls, name: `${list} ${field} ${direction} ${nulls}` };
}
