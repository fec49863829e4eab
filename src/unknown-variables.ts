/** Prefixes that other programs use too. */
const FOREIGN = ['NODE_', 'npm_'];

/** One warning for each variable that looks like one of `known`: it has a prefix of theirs, or is one letter off. */
export function unknownVariables(names: string[], known: string[]): string[] {
  const prefixes = new Set(known.filter((name) => name.includes('_')).map((name) => `${name.split('_')[0]}_`));
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const near = known.find((other) => isOneEditAway(name.toUpperCase(), other));
      if (near) return [`${name} is not a variable of Parley. Did you mean ${near}?`];
      const prefix = [...prefixes].find((start) => name.startsWith(start) && !FOREIGN.includes(start));
      if (!prefix) return [];
      const like = known.filter((other) => other.startsWith(prefix));
      return [`${name} is not a variable of Parley. There is ${like.join(', ')}.`];
    });
}

/** Whether one letter was left out, added or replaced, or two neighbours were swapped. */
function isOneEditAway(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (x.length <= 1 && y.length <= 1) || (x.length === 2 && `${x[1]}${x[0]}` === y);
}
