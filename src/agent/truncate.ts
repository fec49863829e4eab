/** The beginning of a text, in Unicode code points, with a mark that says how much is missing. */
export function truncate(text: string, limit: number): string {
  // A text has at least as many UTF-16 units as code points: most need no counting.
  if (text.length <= limit) return text;
  const points = [...text];
  if (points.length <= limit) return text;
  return `${points.slice(0, limit).join('')}\n[cut off: ${points.length - limit} of ${points.length} characters are missing]`;
}
