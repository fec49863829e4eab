import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';
import type {
  ModelAnswer,
  ModelMessage,
  ModelPart,
  ModelRequest,
  ModelSettings,
  ResponseFormat,
  ToolChoice,
  ToolDeclaration,
} from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { withoutOmitted } from '../dialects/parameters.ts';
import { normalise } from '../history/normalise.ts';
import type { Target } from './protocol.ts';

/** Google's word for a call that another model wrote: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs */
const NO_SIGNATURE = { extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } } };

/** For an answer whose reasoning is not known. DeepSeek refuses an empty one: https://github.com/NousResearch/hermes-agent/pull/17341 */
const NO_REASONING = ' ';

/** The body of a streaming chat completion; what the request leaves open stays out, so the provider's default holds. */
export function toOpenAiRequest(asked: ModelRequest, { name, handle, dialect }: Target) {
  const { messages, tools, toolChoice, settings } = normalise(asked, dialect, handle);
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  const isReasoned = (index: number) =>
    dialect.reasoning === 'always' || (dialect.reasoning === 'turn' && index > lastUser);
  const body = {
    model: name,
    messages: messages.map((message, index) => toMessage(message, dialect, isReasoned(index))),
    stream: true as const,
    stream_options: { include_usage: true },
    ...toSettings(settings, dialect),
    ...(tools.length > 0 && { tools: tools.map((tool) => toTool(tool, dialect)) }),
    // Providers refuse these in a request without tools.
    ...(tools.length > 0 && toolChoice && { tool_choice: toToolChoice(toolChoice) }),
    ...(tools.length > 0 && settings.parallelToolCalls != null && { parallel_tool_calls: settings.parallelToolCalls }),
  };
  return withoutOmitted<ChatCompletionCreateParamsStreaming>(body, dialect.omits);
}

/** Whether this is OpenAI itself, in whatever region, and not a server that speaks its protocol. */
export function isOpenAi(baseUrl: string): boolean {
  return /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname);
}

function toSettings(
  { temperature, topP, maxOutputTokens, reasoningEffort, responseFormat }: ModelSettings,
  { maxTokens }: Dialect,
) {
  return {
    ...(temperature != null && { temperature }),
    ...(topP != null && { top_p: topP }),
    ...(maxOutputTokens != null && { [maxTokens]: maxOutputTokens }),
    ...(reasoningEffort != null && {
      reasoning_effort: reasoningEffort.toLowerCase() as Lowercase<typeof reasoningEffort>,
    }),
    ...(responseFormat != null && { response_format: toResponseFormat(responseFormat) }),
  };
}

function toResponseFormat({ type, name, schema, strict }: ResponseFormat) {
  if (type === 'TEXT') return { type: 'text' as const };
  if (type === 'JSON_OBJECT' || !schema) return { type: 'json_object' as const };
  return {
    type: 'json_schema' as const,
    json_schema: { name: name ?? 'answer', schema, ...(strict != null && { strict }) },
  };
}

function toMessage(message: ModelMessage, dialect: Dialect, isReasoned: boolean): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: toContent(message), ...(message.name && { name: toUserName(message.name) }) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.text };
    case 'assistant':
      if (message.toolCalls.length === 0) return { role: 'assistant', content: message.text };
      return {
        role: 'assistant',
        content: message.text || null,
        tool_calls: message.toolCalls.map(({ id, name, arguments: text, extra }, place) => ({
          id,
          type: 'function',
          function: { name, arguments: text },
          ...(extra ?? (dialect.thoughtSignatures && place === 0 ? NO_SIGNATURE : {})),
        })),
        ...(isReasoned && { reasoning_content: reasoningIn(message) }),
      };
  }
}

/** Another protocol may have kept something else. */
function reasoningIn({ reasoningData }: ModelAnswer): unknown {
  return (reasoningData as { reasoning_content?: unknown } | null | undefined)?.reasoning_content ?? NO_REASONING;
}

/** Text alone stays a string: that is what every server takes, and what prompt caches hold. */
function toContent({ text, parts }: Extract<ModelMessage, { role: 'user' }>) {
  return parts?.map(toContentPart) ?? text;
}

function toContentPart(part: ModelPart): ChatCompletionContentPart {
  if ('text' in part) return { type: 'text', text: part.text };
  const { imageUrl: url, detail } = part;
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail: detail as 'auto' }) } };
}

/** OpenAI refuses names with spaces and the like, and names longer than 64 characters. Half a surrogate pair is no character. */
function toUserName(name: string): string {
  const cut = name.replace(/[\s<|\\/>]+/g, '_').slice(0, 64);
  return cut.isWellFormed() ? cut : cut.slice(0, -1).toWellFormed();
}

function toTool({ name, description, parameters }: ToolDeclaration, { bareSchemas }: Dialect): ChatCompletionTool {
  const given = parameters as Record<string, unknown>;
  const schema = bareSchemas ? given : { ...given, properties: given['properties'] ?? {} };
  return { type: 'function', function: { name, description, parameters: schema } };
}

function toToolChoice(choice: ToolChoice): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
