/** What every provider takes for the name of a tool. */
const LAWFUL = /^[a-zA-Z0-9_-]{1,64}$/;

/** The name of a tool that may not exist, as a provider takes it back. */
export function lawfulName(name: string): string {
  if (LAWFUL.test(name)) return name;
  return name.replace(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64) || 'unnamed';
}

/** The arguments of a call as a JSON object, which is what servers that parse a history insist on; as they are if they are one. */
export function lawfulArguments(written: string): string {
  const text = written.trim();
  if (text === '') return '{}';
  const value = parse(text);
  if (isObject(value)) return written;
  if (value === null) return '{}';
  const inner = typeof value === 'string' ? parse(value) : undefined;
  return isObject(inner) ? (value as string) : JSON.stringify({ invalid_arguments: written });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
