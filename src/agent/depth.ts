/** Deeper than anybody writes by hand, and far from where code that calls itself runs out of stack. */
export const MAX_DEPTH = 60;

export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
