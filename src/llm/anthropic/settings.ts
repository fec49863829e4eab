import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type {
  MessageParam,
  OutputConfig,
  ToolChoice as AnthropicToolChoice,
} from '@anthropic-ai/sdk/resources/messages';
import { ModelError, type ModelRequest, type ModelSettings, type ToolChoice } from '../../agent/model.ts';
import type { Target } from './target.ts';

/** The API insists on a limit. Thinking counts towards it, and what is not used costs nothing. */
const MOST_OUTPUT = 32_000;

type Effort = NonNullable<ModelSettings['reasoningEffort']>;

/** In tokens, for models that take no effort; the API takes no less than the first. */
const BUDGETS: Record<Effort, number> = { MINIMAL: 1024, LOW: 2048, MEDIUM: 8192, HIGH: 16_384 };

const EFFORTS: Record<Effort, NonNullable<OutputConfig['effort']>> = {
  MINIMAL: 'low',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
};

/** Newer models send no thinking unless it is asked for. */
const ADAPTIVE = { type: 'adaptive', display: 'summarized' };

/** A changed prompt, as after an edit of memory, makes earlier thinking void: it is to be left out, not to fail the call. */
const BINDING = { block_binding: { prefix_mismatch_behavior: 'drop_block' } };

/** What comes with the messages. */
export function toSettings({ tools, toolChoice, settings }: ModelRequest, messages: MessageParam[], target: Target) {
  const { topP, temperature, responseFormat, reasoningEffort, parallelToolCalls } = settings;
  const max_tokens = settings.maxOutputTokens ?? Math.min(MOST_OUTPUT, Math.ceil(target.contextWindow / 4));
  const isForced = tools.length > 0 && toolChoice !== undefined && toolChoice !== 'none';
  const { thinking: way } = target.dialect;
  const thinking = thinkingOf({ way, reasoningEffort, max_tokens, isForced, messages });
  const effort = way !== 'none' && way !== 'budget' && reasoningEffort ? EFFORTS[reasoningEffort] : undefined;
  const format = formatOf(responseFormat);
  return {
    max_tokens,
    ...(tools.length > 0 && choiceOf(toolChoice, parallelToolCalls)),
    ...(topP != null && { top_p: topP }),
    ...(temperature != null && { temperature }),
    ...(thinking && { thinking }),
    ...((effort || format) && { output_config: { ...(effort && { effort }), ...(format && { format }) } }),
  };
}

interface Thinking {
  way: Target['dialect']['thinking'];
  reasoningEffort: ModelSettings['reasoningEffort'];
  max_tokens: number;
  isForced: boolean;
  messages: MessageParam[];
}

function thinkingOf({ way, reasoningEffort, max_tokens, isForced, messages }: Thinking): object | undefined {
  if (way === 'bound') return { ...ADAPTIVE, ...BINDING };
  if (way === 'always') return ADAPTIVE;
  // These do not think unless they are asked to, nor where they have to make a call.
  if (way === 'none' || !reasoningEffort || isForced) return undefined;
  if (way === 'adaptive') return ADAPTIVE;
  const budget_tokens = Math.min(BUDGETS[reasoningEffort], max_tokens - 1);
  return budget_tokens >= BUDGETS.MINIMAL && mayThink(messages) ? { type: 'enabled', budget_tokens } : undefined;
}

/** Thinking begins with a turn: calls that another model wrote, or this one without it, are first brought to their end. */
function mayThink(messages: MessageParam[]): boolean {
  const [before, last] = messages.slice(-2).map(({ content }) => content as { type: string }[]);
  const isOpen = last?.some(({ type }) => type === 'tool_result');
  const [first] = before ?? [];
  return !isOpen || first?.type === 'thinking' || first?.type === 'redacted_thinking';
}

function choiceOf(choice: ToolChoice | undefined, parallel: boolean | null | undefined) {
  if (choice === 'none') return { tool_choice: { type: 'none' } satisfies AnthropicToolChoice };
  const single = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === 'required') return { tool_choice: { type: 'any', ...single } satisfies AnthropicToolChoice };
  if (choice) return { tool_choice: { type: 'tool', name: choice.name, ...single } satisfies AnthropicToolChoice };
  return parallel === false && { tool_choice: { type: 'auto', ...single } satisfies AnthropicToolChoice };
}

function formatOf(format: ModelSettings['responseFormat']): OutputConfig['format'] {
  if (!format?.schema || format.type !== 'JSON_SCHEMA') return undefined;
  try {
    return { type: 'json_schema', schema: transformJSONSchema(format.schema) };
  } catch {
    return undefined; // `checkFormat` says so before a call
  }
}

/** Throws ModelError for a form of the answer that the API does not offer. */
export function checkFormat({ responseFormat: format }: ModelSettings, provider: string): void {
  if (format?.type === 'JSON_OBJECT')
    throw formatError(`${provider} takes no responseFormat JSON_OBJECT. Use JSON_SCHEMA, with a schema.`);
  try {
    if (format?.schema) transformJSONSchema(format.schema);
  } catch (error) {
    throw formatError(
      `${provider} does not take the schema of the responseFormat: ${(error as Error).message}.`,
      error,
    );
  }
}

function formatError(message: string, cause?: unknown): ModelError {
  return new ModelError({ code: 'LLM_BAD_REQUEST', message, isRetryable: false, retryAfterMs: null, cause });
}
