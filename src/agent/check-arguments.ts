import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isDeeper, MAX_DEPTH } from './depth.ts';
import { withinTime } from './within-time.ts';

export const MAX_SCHEMA_CHARACTERS = 50_000;
const MAX_PROBLEMS = 5;
const MAX_PROBLEM = 300;
/**
 * A pattern, or a schema that refers to itself twice at each level, can take for ever over a few characters; nothing
 * else happens in the process meanwhile.
 */
const LIMIT_MS = 1000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Says what is wrong with it as a JSON schema of a tool's arguments; nothing when `checkArguments` can use it. */
export function checkSchema(parameters: unknown): string | undefined {
  if (!isObject(parameters) || parameters['type'] !== 'object')
    return 'must be a JSON schema with "type": "object". For a tool without arguments: {"type": "object", "properties": {}}';
  if (isDeeper(parameters, MAX_DEPTH)) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  const { length } = JSON.stringify(parameters);
  if (length > MAX_SCHEMA_CHARACTERS)
    return `must not be longer than ${MAX_SCHEMA_CHARACTERS} characters as JSON; it has ${length}`;
  try {
    const validate = schemaSchema();
    const checked = withinTime(() => problemOf(parameters, validate), LIMIT_MS);
    return checked ? checked.result : 'is too involved: it takes too long to be read';
  } catch (error) {
    // A reference that leads nowhere, a pattern that is none: the library has words for it.
    return `is no JSON schema (2020-12) that can be used: ${messageOf(error)}`;
  }
}

/**
 * What the model wrote, when it fits the schema, or what is wrong with it, to be told to the model. The schema is made
 * ready each time: that takes half a millisecond, and to keep the result would take memory for every schema ever seen.
 */
export function checkArguments(
  parameters: unknown,
  argumentsText: string,
): { arguments: Record<string, unknown> } | { problem: string } {
  let given: unknown;
  try {
    // Some models write nothing at all, or null, when a tool takes no arguments.
    given = JSON.parse(argumentsText.trim() === '' ? '{}' : argumentsText) ?? {};
  } catch (error) {
    return { problem: `The arguments are not valid JSON: ${messageOf(error)}` };
  }
  if (!isObject(given)) return { problem: 'The arguments must be a JSON object.' };
  if (isDeeper(given, MAX_DEPTH))
    return { problem: `The arguments must not be nested deeper than ${MAX_DEPTH} levels.` };
  try {
    const misfits = misfitsOf(parameters, given);
    if (misfits.length === 0) return { arguments: given };
    return { problem: `The arguments do not fit the tool: ${misfits.join('; ')}.` };
  } catch (error) {
    return { problem: `The arguments could not be checked: ${messageOf(error)}` };
  }
}

/** How the arguments do not fit the schema. Throws when that cannot be found out. */
export function misfitsOf(parameters: unknown, given: Record<string, unknown>): string[] {
  const checked = withinTime(() => problemsOf(compile(parameters), given), LIMIT_MS);
  if (!checked) throw new Error('it takes too long. Make them shorter.');
  return checked.result;
}

const options = {
  strict: false,
  allErrors: true,
  validateFormats: false,
  // What many generators write is a pattern for the older syntax only.
  code: { regExp: Object.assign(toRegExp, { code: 'toRegExp' }) },
  logger: false,
} as const;

let schemaOfSchemas: ValidateFunction | undefined;

/** To be called without a limit of time: one that was stopped while it was made ready would be of no use any more. */
function schemaSchema(): ValidateFunction {
  return (schemaOfSchemas ??= new Ajv2020(options).getSchema('https://json-schema.org/draft/2020-12/schema')!);
}

function problemOf(parameters: Record<string, unknown>, validate: ValidateFunction): string | undefined {
  const [problem] = problemsOf(validate, parameters);
  if (problem) return `is no JSON schema (2020-12): ${problem}`;
  compile(parameters);
  return undefined;
}

/** An instance of its own for each: an instance keeps all that it has compiled, and takes no `$id` twice. */
function compile(parameters: unknown): ValidateFunction {
  // Whatever the draft that it names, it is read as 2020-12. From its JSON, so that nobody changes it meanwhile.
  const { $schema: _draft, ...schema } = JSON.parse(JSON.stringify(parameters)) as Record<string, unknown>;
  return new Ajv2020({ ...options, meta: false, validateSchema: false, inlineRefs: false }).compile(schema);
}

function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  const problems = new Set((validate.errors ?? []).map(describe));
  const told = [...problems].slice(0, MAX_PROBLEMS);
  return problems.size > told.length ? [...told, `and ${problems.size - told.length} more`] : told;
}

function describe({ instancePath, message = 'does not fit', params }: ErrorObject): string {
  const { additionalProperty, unevaluatedProperty, allowedValues, allowedValue } = params as Record<string, unknown>;
  const detail = additionalProperty ?? unevaluatedProperty ?? allowedValues ?? allowedValue;
  const text = `${instancePath || 'the whole'} ${message}${detail === undefined ? '' : `: ${JSON.stringify(detail)}`}`;
  return shortened(text);
}

function toRegExp(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
}

const messageOf = (error: unknown) => shortened(error instanceof Error ? error.message : String(error));

const shortened = (text: string) =>
  (text.length > MAX_PROBLEM ? `${text.slice(0, MAX_PROBLEM)}…` : text).toWellFormed();
