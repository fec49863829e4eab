import type { ModelError } from '../../agent/model.ts';
import type { Dialect } from './dialect.ts';
import type { Lesson } from './lessons.ts';
import { parametersOf } from './parameters.ts';
import { MODERATED, NO_IMAGES, ONLY_DEFAULT, OTHER_VALUE, OUT_OF_RANGE, SHAPES } from './wordings.ts';

type Body = Readonly<Record<string, unknown>>;

/** Not parameters: they are the request. Of thinking there are several ways. */
const ESSENTIAL = new Set([
  'model',
  'messages',
  'input',
  'contents',
  'system',
  'systemInstruction',
  'thinking',
  'stream',
  'store',
  'include',
  'tools',
]);

/** What may help after this refusal of this body, the likeliest first; nothing when it is of another kind. */
export function lessonsIn(error: ModelError, body: Body, { maxTokens }: Dialect): Lesson[] {
  // A template that cannot be rendered is an error of the server to some.
  const isBadRequest = error.code === 'LLM_BAD_REQUEST';
  if (!isBadRequest && error.code !== 'LLM_UNAVAILABLE' && error.code !== 'LLM_MODEL_NOT_FOUND') return [];
  const said = wordsOf(error);
  const shapes = SHAPES.flatMap(([wording, ...lessons]) => (wording.test(said) ? lessons : []));
  const images: Lesson[] = NO_IMAGES.some((wording) => wording.test(said)) ? [{ images: false }] : [];
  if (!isBadRequest || OUT_OF_RANGE.test(said)) return [...images, ...shapes];
  return [
    ...images,
    ...parametersIn(body, said).flatMap(([name, value]) => without(name, value, said, maxTokens)),
    ...shapes,
  ];
}

/** Whether a refusal that no other form of the request helps against is for what the messages say. */
export function refusesContent(error: ModelError, body: Body): boolean {
  const said = wordsOf(error);
  if (error.code !== 'LLM_BAD_REQUEST') return !error.isRetryable && MODERATED.test(said);
  return !OUT_OF_RANGE.test(said) || parametersIn(body, said).length === 0;
}

function parametersIn(body: Body, said: string): [name: string, value: unknown][] {
  return [...parametersOf(body)].filter(([name]) => !ESSENTIAL.has(name) && isNamed(name, said));
}

function without(name: string, value: unknown, said: string, maxTokens: Dialect['maxTokens']): Lesson[] {
  const omitted: Lesson = { omits: [name] };
  if (name === maxTokens)
    return [{ maxTokens: name === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' }, omitted];
  if (OTHER_VALUE.test(said) && !ONLY_DEFAULT.test(said))
    return [{ omits: [`${name}=${JSON.stringify(value)}`] }, omitted];
  return [omitted];
}

/** `tool_choice`, `tool choice`, `toolChoice`, however the parameter itself is written. */
function isNamed(name: string, said: string): boolean {
  const words = name.replaceAll('.', '\\.').replaceAll(/_|(?<=[a-z])(?=[A-Z])/g, '[_ .]?');
  return new RegExp(`\\b${words}\\b`, 'i').test(said);
}

/** All that the provider said, without the quotes that it puts around names. */
function wordsOf({ message, cause }: ModelError): string {
  const { error = cause } = (typeof cause === 'object' && cause !== null ? cause : {}) as { error?: unknown };
  const body = typeof error === 'string' ? error : (JSON.stringify(error) ?? '');
  return `${message}\n${body}`.replace(/[\\"'`]/g, '');
}
