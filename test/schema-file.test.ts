import { readFileSync } from 'node:fs';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
  type GraphQLNamedType,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/schema/index.ts';

test('schema.graphql is what the server serves (npm run generate)', () => {
  const file = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  expect(file.trim()).toBe(printSchema(schema).trim());
});

test('everything in the schema is described', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  expect(types.flatMap(undescribed)).toEqual([]);
});

function undescribed(type: GraphQLNamedType): string[] {
  const parts = [{ name: type.name, description: type.description }];
  if (isEnumType(type)) parts.push(...type.getValues().map((value) => inside(type.name, value)));
  if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()).map((field) => inside(type.name, field)));
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      const place = inside(type.name, field);
      parts.push(place, ...field.args.map((argument) => inside(place.name, argument)));
    }
  }
  return parts.filter(({ description }) => !description?.trim()).map(({ name }) => name);
}

function inside(place: string, { name, description }: { name: string; description?: string | null | undefined }) {
  return { name: `${place}.${name}`, description };
}
