import { misfitsOf } from '../check-arguments.ts';
import type { ToolArguments } from './rule.ts';

type Schema = Record<string, unknown>;

/**
 * Says why a tool with this schema can never take arguments that a rule sets, whatever the model writes beside them:
 * one has a value that its schema refuses, or a name that the schema neither has nor allows by `additionalProperties`.
 * Nothing when that cannot be told. What the arguments need beside them, the call as a whole shows.
 */
export function checkPrefill(parameters: unknown, args: ToolArguments): string | undefined {
  const misfits = misfitsOrNone(parameters as Schema, args);
  if (misfits.length === 0) return undefined;
  return `${misfits.join('; ')}. A rule sets only arguments that the schema of the tool names, or allows by an explicit additionalProperties`;
}

function misfitsOrNone(schema: Schema, args: ToolArguments): string[] {
  try {
    return misfitsOf(oneByOne(schema), args);
  } catch {
    return []; // it takes too long, or refers to a keyword that was left out
  }
}

/** The schema without the keywords whose verdict on one argument depends on others. */
function oneByOne(schema: Schema): Schema {
  const { $defs, definitions, properties, patternProperties, propertyNames, additionalProperties } = schema;
  // With it, a name counts only where it stands beside it.
  const parts = additionalProperties === undefined ? partsOf(schema, schema, new Set()) : [];
  return {
    type: 'object',
    $defs,
    definitions,
    properties: { ...namesOf(parts, 'properties'), ...(properties as Schema) },
    patternProperties: { ...namesOf(parts, 'patternProperties'), ...(patternProperties as Schema) },
    propertyNames,
    additionalProperties: additionalProperties ?? parts.some(isOpen),
  };
}

function namesOf(parts: Schema[], keyword: string): Schema {
  return Object.fromEntries(parts.flatMap((part) => Object.keys(asSchema(part[keyword]))).map((name) => [name, true]));
}

const isOpen = ({ additionalProperties: additional = false, unevaluatedProperties: unevaluated = false }: Schema) =>
  additional !== false || unevaluated !== false;

/** The schema, and all that it applies to the same object. */
function partsOf(schema: Schema, root: Schema, seen: Set<Schema>): Schema[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const { allOf, anyOf, oneOf, if: condition, then, else: otherwise, dependentSchemas, $ref } = schema;
  const lists = [allOf, anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const others = [condition, then, otherwise, ...Object.values(asSchema(dependentSchemas)), target($ref, root)];
  return [schema, ...[...lists, ...others].filter(isSchema).flatMap((part) => partsOf(part, root, seen))];
}

/** What is somewhere else than in this document may name anything. */
function target(reference: unknown, root: Schema): unknown {
  if (typeof reference !== 'string') return undefined;
  const [start, ...path] = reference.split('/');
  if (start !== '#') return { additionalProperties: true };
  return path.reduce<unknown>((at, key) => asSchema(at)[unescape(key)], root);
}

const unescape = (key: string) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

const asSchema = (value: unknown): Schema => (isSchema(value) ? value : {});
