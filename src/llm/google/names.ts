/** Google's names begin with a letter or an underscore; otherwise they may be what ours are. */
export function toGoogleName(name: string): string {
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`;
}

/** The tool that a name of Google's means; the name as it is where it means none. */
export function fromGoogleName(name: string, tools: readonly string[]): string {
  if (tools.includes(name) || !name.startsWith('_')) return name;
  const bare = name.slice(1);
  return tools.includes(bare) && toGoogleName(bare) === name ? bare : name;
}
