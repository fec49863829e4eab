/** Where providers put what they have to say, the plainest first. */
const PLACES = ['message', 'detail', 'msg', 'error', 'errors', 'error_message', 'error_msg', 'status_msg', 'base_resp'];

/** Where they say what kind of failure it is. */
const LABELS = ['code', 'type', 'status', 'reason', 'quotaId', 'quota_limit', 'status_code'];

/** Bodies are someone else's: so deep they are read. */
const MAX_DEPTH = 6;

/** What a provider says in the body of a refusal, whatever its shape; '' when it says nothing. */
export function wordsOf(body: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) return '';
  if (typeof body === 'string') return wordsInText(body, depth);
  if (Array.isArray(body)) return [...new Set(body.map((item) => wordsOf(item, depth + 1)).filter(Boolean))].join('; ');
  if (typeof body !== 'object' || body === null) return '';
  const fields = body as Record<string, unknown>;
  const words = PLACES.map((place) => wordsOf(fields[place], depth + 1)).find(Boolean) ?? '';
  // The words of a provider behind this one say more than its own.
  const raw = wordsOf((fields['metadata'] as { raw?: unknown } | undefined)?.raw, depth + 1);
  const where = Array.isArray(fields['loc']) ? `${fields['loc'].join('.')}: ` : '';
  return where + [words, raw].filter(Boolean).join(': ');
}

/** Every code, type and quota that a body names, at any depth: to look for known ones. */
export function labelsOf(body: unknown, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  if (typeof body === 'string') return labelsOf(parsed(body), depth + 1);
  if (Array.isArray(body)) return body.flatMap((item) => labelsOf(item, depth + 1));
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([key, value]) => {
    const isLabel = LABELS.includes(key) && (typeof value === 'string' || typeof value === 'number');
    return isLabel ? [String(value)] : labelsOf(value, depth + 1);
  });
}

function wordsInText(text: string, depth: number): string {
  const value = parsed(text);
  if (value !== undefined) return wordsOf(value, depth + 1) || text;
  if (!/^\s*<(!doctype|html|head|body|h\d)/i.test(text)) return text.trim();
  return /<(title|h1)[^>]*>\s*([^<]+?)\s*</i.exec(text)?.[2] ?? '';
}

function parsed(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
