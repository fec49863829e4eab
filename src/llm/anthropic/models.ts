import type { Dialect } from '../dialects/dialect.ts';

/**
 * Models of Anthropic with their context windows in tokens, the usual choice first
 * (https://platform.claude.com/docs/en/about-claude/models/overview, as of November 2026). Any other name resolves too.
 */
export const ANTHROPIC_MODELS: Record<string, number> = {
  'claude-sonnet-5-5': 1_000_000,
  'claude-opus-5-5': 1_000_000,
  'claude-haiku-5-5': 1_000_000,
  'claude-fable-5-2': 1_000_000,
  'claude-fable-5-1': 1_000_000,
  'claude-opus-5': 1_000_000,
  'claude-sonnet-5': 1_000_000,
  'claude-opus-4-6': 1_000_000,
  'claude-sonnet-4-6': 1_000_000,
  'claude-haiku-4-5': 200_000,
};

/** Models from 4.7 on refuse them: https://platform.claude.com/docs/en/models/opus-5-5/migration-guide */
const NO_SAMPLING = { omits: ['top_p', 'temperature'] };

/**
 * What the generation of a model takes. Later ones than those known here most likely take what the newest does.
 * - thinking: https://platform.claude.com/docs/en/build-with-claude/thinking
 * - bound blocks: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking
 */
export function generationOf(name: string): Partial<Dialect> {
  const version = versionOf(name);
  if (version === undefined) return { thinking: 'budget' };
  if (version < 3.7) return { thinking: 'none' };
  if (version < 4.6) return { thinking: 'budget' };
  if (version < 4.7) return { thinking: 'adaptive' };
  if (version < 5) return { thinking: 'adaptive', ...NO_SAMPLING };
  return { thinking: version < 5.1 ? 'always' : 'bound', ...NO_SAMPLING };
}

/** `claude-opus-4-6`, `claude-3-7-sonnet-20250219`, `us.anthropic.claude-sonnet-5`: the second number has one digit, a date eight. */
function versionOf(name: string): number | undefined {
  const [, major, minor = '0'] = /claude-(?:[a-z]+-)?(\d)(?:[-.](\d)(?!\d))?(?!\d)/.exec(name) ?? [];
  return major === undefined ? undefined : Number(`${major}.${minor}`);
}
