import type {
  ResponseCreateParamsStreaming,
  ResponseFormatTextConfig,
  Tool,
} from 'openai/resources/responses/responses';
import type { ModelRequest, ModelSettings, ResponseFormat, ToolChoice, ToolDeclaration } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { withoutOmitted } from '../dialects/parameters.ts';
import { normalise } from '../history/normalise.ts';
import type { Target } from '../openai/protocol.ts';
import { toInput } from './input.ts';

/**
 * The body of a streaming response that OpenAI does not store: what the model reasoned comes back sealed, and is sent again
 * with the history. What the request leaves open stays out, so the provider's default holds.
 */
export function toResponsesRequest(asked: ModelRequest, { name, handle, dialect }: Target) {
  // Messages have no names here.
  const { messages, tools, toolChoice, settings } = normalise(asked, { ...dialect, userNames: false }, handle);
  const body: ResponseCreateParamsStreaming = {
    model: name,
    input: toInput(messages, dialect),
    stream: true,
    store: false,
    include: ['reasoning.encrypted_content'],
    ...toSettings(settings),
    ...(tools.length > 0 && { tools: tools.map((tool) => toTool(tool, dialect)) }),
    ...(tools.length > 0 && toolChoice && { tool_choice: toToolChoice(toolChoice) }),
    ...(tools.length > 0 && settings.parallelToolCalls != null && { parallel_tool_calls: settings.parallelToolCalls }),
    ...(asked.cacheKey && { prompt_cache_key: asked.cacheKey }),
  };
  return withoutOmitted(body, dialect.omits);
}

function toSettings({ temperature, topP, maxOutputTokens, reasoningEffort, responseFormat }: ModelSettings) {
  const effort = reasoningEffort?.toLowerCase() as Lowercase<NonNullable<ModelSettings['reasoningEffort']>> | undefined;
  return {
    reasoning: { ...(effort && { effort }), summary: 'auto' as const },
    ...(temperature != null && { temperature }),
    ...(topP != null && { top_p: topP }),
    ...(maxOutputTokens != null && { max_output_tokens: maxOutputTokens }),
    ...(responseFormat != null && { text: { format: toFormat(responseFormat) } }),
  };
}

function toFormat({ type, name, schema, strict }: ResponseFormat): ResponseFormatTextConfig {
  if (type === 'TEXT') return { type: 'text' };
  if (type === 'JSON_OBJECT' || !schema) return { type: 'json_object' };
  return { type: 'json_schema', name: name ?? 'answer', schema, ...(strict != null && { strict }) };
}

/** Here a tool is strict by default: OpenAI would refuse most schemas. */
function toTool({ name, description, parameters }: ToolDeclaration, { bareSchemas }: Dialect): Tool {
  const given = parameters as Record<string, unknown>;
  const schema = bareSchemas ? given : { ...given, properties: given['properties'] ?? {} };
  return { type: 'function', name, description, parameters: schema, strict: false };
}

function toToolChoice(choice: ToolChoice) {
  return typeof choice === 'string' ? choice : { type: 'function' as const, name: choice.name };
}
