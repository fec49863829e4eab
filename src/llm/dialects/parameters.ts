/** Parameters that only hold others. Refusals name `reasoning.effort`, and what is beside it may stay. */
const GROUPS = new Set(['reasoning', 'text']);

/** The parameters of a request by the names that refusals give them. */
export function parametersOf(body: object): Map<string, unknown> {
  return new Map(
    Object.entries(body).flatMap(([name, value]): [string, unknown][] =>
      GROUPS.has(name)
        ? Object.entries(value as object).map(([part, held]) => [`${name}.${part}`, held])
        : [[name, value]],
    ),
  );
}

/** The request without these parameters: `name`, `group.name`, or `name=value` for one value of it, as JSON. */
export function withoutOmitted<Body extends object>(body: Body, omits: readonly string[]): Body {
  if (omits.length === 0) return body;
  const isKept = (name: string, value: unknown) =>
    !omits.includes(name) && !omits.includes(`${name}=${JSON.stringify(value)}`);
  const kept = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
    if (!isKept(name, value)) return [];
    if (!GROUPS.has(name)) return [[name, value]];
    const parts = Object.entries(value as object).filter(([part, held]) => isKept(`${name}.${part}`, held));
    return parts.length > 0 ? [[name, Object.fromEntries(parts)]] : [];
  });
  return Object.fromEntries(kept) as Body;
}
