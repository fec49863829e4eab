/** ES2026; TypeScript's library does not declare it yet. */
declare global {
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
    rawJSON(text: string): object;
  }
}

/**
 * Parses JSON for JSON.stringify to write again with every number as it stands in the text, also one that a double
 * rounds. Such a number is an object in the result. Throws where JSON.parse does, and for what is nested very deeply.
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? JSON.rawJSON(source) : value,
  );
}
