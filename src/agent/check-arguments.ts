import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
});

/** What a model wrote as a call's arguments, when it fits the schema; else what to tell the model. */
export function checkArguments(
  parameters: unknown,
  argumentsText: string,
): { arguments: Record<string, unknown> } | { problem: string } {
  const given = parse(argumentsText);
  if (given === undefined) return { problem: 'The arguments are not a JSON object. Call the tool again with one.' };
  const { $schema: _draft, ...schema } = parameters as Record<string, unknown>;
  const validate = ajv.compile(schema);
  if (validate(given)) return { arguments: given };
  const problems = (validate.errors ?? []).slice(0, 5).map(describe).join('; ');
  return { problem: `The arguments do not fit the schema of the tool: ${problems}. Call it again with others.` };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // models write what they like
  }
}

function describe({ instancePath, message }: ErrorObject): string {
  return `${instancePath || 'the arguments'} ${message}`;
}
