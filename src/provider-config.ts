import { z } from 'zod';
import { isModelName } from './model-name.ts';

/** For messages: what is wrong with a URL is mostly its scheme. */
export const urlOf = (...schemes: string[]) =>
  z.url({
    protocol: new RegExp(`^(${schemes.join('|')})$`),
    error: `expected a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const modelName = z.string().refine(isModelName, 'a model name must not be empty, or begin or end with a blank');

/** What a provider or a model takes, above what is known of it; `llm/dialects/choice.ts` says what may stand here. */
const dialectChoice = { dialect: z.string().optional(), switches: z.record(z.string(), z.unknown()).optional() };

const Provider = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'a provider name has letters, digits, ".", "_" and "-" only'),
  baseUrl: urlOf('http', 'https'),
  apiKey: z.string().optional(),
  api: z.enum(['responses', 'chat', 'anthropic']).optional(),
  models: z.array(z.strictObject({ name: modelName, contextWindow: z.int().positive(), ...dialectChoice })).min(1),
  ...dialectChoice,
});

const parsed = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue(
      'not valid JSON; expected [{"name":…,"baseUrl":…,"apiKey":…,"models":[{"name":…,"contextWindow":…}]}]',
    );
    return z.NEVER;
  }
});

/** Entries of PROVIDERS, from its text. */
export const providers = parsed.pipe(
  z
    .array(Provider)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'two providers have the same name'),
);
