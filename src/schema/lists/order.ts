import type { Order } from '../../store/page-statement.ts';
import { builder } from '../builder.ts';
import type { NamedOrder } from './list-cursor.ts';

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

/** What a field of an order input means: a column, and until when a row has no value there, if there are such rows. */
export interface OrderColumn extends Pick<Order, 'column' | 'type' | 'isUnique'> {
  nullUntil?: string;
}

export type OrderColumns<Field extends string> = Record<Field | 'CREATED_AT', OrderColumn>;

export interface OrderInput<Field extends string> {
  field: Field | 'CREATED_AT';
  direction: 'ASC' | 'DESC';
  nulls?: 'FIRST' | 'LAST' | null | undefined;
}

/** The newest first. Spelled out: nothing is filled in inside of a default. */
export const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC', nulls: 'LAST' } as const;

/** The input `<Noun>Order`, and its enum `<Noun>OrderField`. */
export function orderInput<Field extends string>(noun: string, items: string, columns: OrderColumns<Field>) {
  const names = Object.keys(columns) as (Field | 'CREATED_AT')[];
  const OrderField = builder.enumType(`${noun}OrderField`, {
    description: `What ${items} can be ordered by. Those with the same value are ordered by id, in the same direction.`,
    values: Object.fromEntries(names.map((name) => [name, { description: describe(columns[name]) }])) as {
      [name in Field | 'CREATED_AT']: { description: string };
    },
  });
  return builder.inputType(`${noun}Order`, {
    description: 'What a list is ordered by.',
    fields: (t) => ({
      field: t.field({ type: OrderField, required: true, description: 'By what.' }),
      direction: t.field({ type: OrderDirection, required: true, description: 'Which way.' }),
      nulls: t.field({ type: NullsOrder, defaultValue: 'LAST', description: 'Where those without a value stand.' }),
    }),
  });
}

function describe({ column, type, isUnique, nullUntil }: OrderColumn): string {
  const values = nullUntil === undefined ? 'never null' : `null until ${nullUntil}`;
  return `${column}: ${values}${isUnique ? ', and no two have the same' : ''}.${type === 'text' ? ' As the database sorts text.' : ''}`;
}

/** The order that was asked for, under the name that binds its cursors to it and to lists of this kind. */
export function toOrder<Field extends string>(
  list: string,
  columns: OrderColumns<Field>,
  { field, direction, nulls }: OrderInput<Field>,
): NamedOrder {
  const { nullUntil, ...column } = columns[field];
  const name = `${list} ${field} ${direction}`;
  if (nullUntil === undefined) return { ...column, direction, name };
  const place = nulls ?? 'LAST';
  return { ...column, direction, nulls: place, name: `${name} ${place}` };
}
