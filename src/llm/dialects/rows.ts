import { DIALECT, type Dialect, type DialectChoice } from './dialect.ts';

/** A dialect holds for the endpoints whose host matches, and for the models whose name does; a row without either has to be named. */
interface Row {
  name: string;
  host?: RegExp;
  model?: RegExp;
  dialect: Partial<Dialect>;
}

const STRICT = { systemMessages: 'first', userAfterTool: false } as const;

/**
 * Those that match add up, in this order. As seen in:
 * - Mistral: its validation in https://github.com/mistralai/mistral-common (validator.py), and `extra_forbidden` of its API
 * - Google: https://ai.google.dev/gemini-api/docs/thought-signatures
 * - DeepSeek: https://api-docs.deepseek.com/guides/thinking_mode, https://github.com/NousResearch/hermes-agent/pull/17341
 * - Kimi: https://github.com/agentscope-ai/QwenPaw/issues/433
 * - Anthropic: https://platform.claude.com/docs/en/api/messages; its models: `llm/anthropic/models.ts`
 * - Gemma, Qwen, Ministral: the chat templates of their model cards
 */
const ROWS: Row[] = [
  {
    name: 'openai',
    host: /(^|\.)api\.openai\.com$/,
    dialect: { maxTokens: 'max_completion_tokens', callsNeedTools: false, bareSchemas: false },
  },
  {
    name: 'openai-plain',
    host: /(^|\.)api\.openai\.com$/,
    model: /^(ft:)?(gpt-[34]|chatgpt)/,
    dialect: { omits: ['reasoning', 'include'] },
  },
  {
    name: 'azure',
    host: /(^|\.)(openai\.azure|cognitiveservices\.azure|services\.ai\.azure)\.com$/,
    dialect: { bareSchemas: false },
  },
  {
    name: 'openai-reasoning',
    host: /(^|\.)(api\.openai|openai\.azure|cognitiveservices\.azure|services\.ai\.azure)\.com$/,
    model: /^(o\d|gpt-5)/,
    dialect: { maxTokens: 'max_completion_tokens' },
  },
  {
    name: 'openai-o-series',
    model: /^(openai\/)?o[1-9](-|$)/,
    dialect: { maxTokens: 'max_completion_tokens', omits: ['parallel_tool_calls', 'temperature', 'top_p'] },
  },
  {
    name: 'mistral',
    host: /(^|\.)mistral\.ai$/,
    dialect: { ...STRICT, callIds: 'exactly9', userNames: false, omits: ['stream_options'] },
  },
  {
    name: 'mistral-model',
    model: /(mistral|ministral|mixtral|codestral|devstral|magistral|pixtral)/i,
    dialect: { ...STRICT, callIds: 'exactly9', alternates: true },
  },
  { name: 'gemini', host: /(^|\.)generativelanguage\.googleapis\.com$/, dialect: { thoughtSignatures: true } },
  { name: 'deepseek', host: /(^|\.)api\.deepseek\.com$/, dialect: { reasoning: 'turn' } },
  { name: 'kimi', host: /(^|\.)api\.moonshot\.(ai|cn)$/, dialect: { reasoning: 'always' } },
  { name: 'perplexity', host: /(^|\.)api\.perplexity\.ai$/, dialect: { ...STRICT, alternates: true } },
  { name: 'gemma', model: /gemma/i, dialect: { systemMessages: 'none', userAfterTool: false, alternates: true } },
  { name: 'qwen', model: /qwen/i, dialect: { systemMessages: 'first' } },
  // Google's own protocol, and Anthropic's.
  {
    name: 'google',
    dialect: { systemMessages: 'first', alternates: true, userNames: false, thoughtSignatures: true },
  },
  {
    name: 'anthropic',
    dialect: { systemMessages: 'first', alternates: true, userNames: false, reasoning: 'always' },
  },
  { name: 'strict', dialect: { ...STRICT, alternates: true, userNames: false } },
];

export const DIALECT_NAMES = ROWS.map(({ name }) => name);

/** The dialect of a model at an endpoint. Later choices stand above earlier ones, and all of them above the rows. */
export function dialectOf(baseUrl: string, model: string, choices: readonly DialectChoice[] = []): Dialect {
  const { hostname } = new URL(baseUrl);
  const chosen = choices.findLast((choice) => choice.dialect !== undefined)?.dialect;
  const rows = ROWS.filter(({ name, host, model: models }) =>
    chosen === undefined
      ? (host || models) && (host?.test(hostname) ?? true) && (models?.test(model) ?? true)
      : name === chosen,
  );
  const given = choices.flatMap((choice) => choice.switches ?? []);
  const omits = rows.flatMap(({ dialect }) => dialect.omits ?? []);
  return Object.assign({ ...DIALECT }, ...rows.map(({ dialect }) => dialect), { omits }, ...given) as Dialect;
}
