import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';
import type {
  ModelMessage,
  ModelPart,
  ModelRequest,
  ModelSettings,
  ResponseFormat,
  ToolChoice,
  ToolDeclaration,
} from '../../agent/model.ts';

/** The body of a streaming chat completion; what the request leaves open stays out, so the provider's default holds. */
export function toOpenAiRequest(
  { messages, tools, toolChoice, settings }: ModelRequest,
  { name, baseUrl }: { name: string; baseUrl: string },
): ChatCompletionCreateParamsStreaming {
  return {
    model: name,
    messages: messages.map(toMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...toSettings(settings, baseUrl),
    ...(tools.length > 0 && { tools: tools.map(toTool) }),
    // Providers refuse these in a request without tools.
    ...(tools.length > 0 && toolChoice && { tool_choice: toToolChoice(toolChoice) }),
    ...(tools.length > 0 && settings.parallelToolCalls != null && { parallel_tool_calls: settings.parallelToolCalls }),
  };
}

/** Whether this is OpenAI itself, in whatever region, and not a server that speaks its protocol. */
export function isOpenAi(baseUrl: string): boolean {
  return /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname);
}

function toSettings(
  { temperature, topP, maxOutputTokens, reasoningEffort, responseFormat }: ModelSettings,
  baseUrl: string,
) {
  // OpenAI's reasoning models refuse the old name; most other servers know only the old one.
  return {
    ...(temperature != null && { temperature }),
    ...(topP != null && { top_p: topP }),
    ...(maxOutputTokens != null &&
      (isOpenAi(baseUrl) ? { max_completion_tokens: maxOutputTokens } : { max_tokens: maxOutputTokens })),
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

function toMessage(message: ModelMessage): ChatCompletionMessageParam {
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
        tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
          id,
          type: 'function',
          function: { name, arguments: text },
        })),
      };
  }
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

/** OpenAI refuses names with spaces and the like, and names longer than 64 characters. */
function toUserName(name: string): string {
  return name.replace(/[\s<|\\/>]+/g, '_').slice(0, 64);
}

function toTool({ name, description, parameters }: ToolDeclaration): ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: parameters as Record<string, unknown> } };
}

function toToolChoice(choice: ToolChoice): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
