/** What strict endpoints refuse in a request, in their own words. Written from their documents and reports, not from our code. */

interface JudgedCall {
  id: string;
  function: { name: string; arguments: string };
  extra_content?: { google?: { thought_signature?: string } };
}

interface JudgedMessage {
  role: string;
  content: string | { type: string; text?: string }[] | null;
  name?: string;
  tool_call_id?: string;
  tool_calls?: JudgedCall[];
  reasoning_content?: unknown;
}

export interface JudgedBody {
  messages: JudgedMessage[];
  tools?: { function: { parameters?: Record<string, unknown> } }[];
}

type Judge = (body: JudgedBody) => string | undefined;

const all =
  (...judges: Judge[]): Judge =>
  (body) =>
    judges.map((judge) => judge(body)).find((refusal) => refusal !== undefined);

const each =
  (check: (message: JudgedMessage, index: number, messages: JudgedMessage[]) => string | undefined): Judge =>
  ({ messages }) =>
    messages.map(check).find((refusal) => refusal !== undefined);

const pairs: Judge = ({ messages }) => {
  let open: string[] = [];
  for (const { role, tool_calls: calls, tool_call_id: id = '' } of messages) {
    if (role === 'tool') {
      if (!open.includes(id)) return `No tool call has the id ${id}.`;
      open = open.filter((other) => other !== id);
      continue;
    }
    if (open.length > 0) return `An assistant message with 'tool_calls' must be followed by tool messages: ${open}.`;
    open = calls?.map((call) => call.id) ?? [];
    if (new Set(open).size < open.length) return 'Duplicate tool call ids.';
  }
  return open.length > 0 ? 'Not the same number of function calls and responses' : undefined;
};

const ids = (pattern: RegExp, wording: string): Judge =>
  each(({ tool_calls: calls }) => calls?.flatMap(({ id }) => (pattern.test(id) ? [] : wording)).at(0));

const uniqueIds: Judge = ({ messages }) => {
  const seen = messages.flatMap(({ tool_calls: calls }) => calls?.map(({ id }) => id) ?? []);
  return new Set(seen).size < seen.length ? 'Duplicate tool call id in the conversation.' : undefined;
};

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const objects = each(({ tool_calls: calls }) => {
  return calls?.every((call) => isObject(call.function.arguments)) === false
    ? 'Can only get item pairs from a mapping: failed to parse tool call arguments as JSON'
    : undefined;
});

const names = each(({ tool_calls: calls }) =>
  calls?.every((call) => /^[a-zA-Z0-9_-]{1,64}$/.test(call.function.name)) === false
    ? "Invalid 'messages[1].tool_calls[0].function.name': string does not match pattern."
    : undefined,
);

const texts = each(({ role, content, tool_calls: calls }) => {
  const parts = typeof content === 'string' ? [content] : (content ?? []).map(({ text = 'image' }) => text);
  const isBlank = parts.some((text) => text.trim() === '') || (parts.length === 0 && !calls);
  return isBlank && role !== 'tool' ? 'messages: text content blocks must contain non-whitespace text' : undefined;
});

const systemFirst = each(({ role }, index) =>
  role === 'system' && index > 0 ? 'System message must be at the beginning.' : undefined,
);

const turns: Judge = ({ messages }) => {
  let previous = 'assistant';
  for (const { role } of messages) {
    if (role === 'system') continue;
    const speaker = role === 'tool' ? 'tool' : role;
    const isTurn = { user: ['assistant'], assistant: ['user', 'tool'], tool: ['assistant', 'tool'] }[speaker];
    if (!isTurn?.includes(previous))
      return `After the optional system message, conversation roles must alternate user/assistant/user/assistant/...`;
    previous = speaker;
  }
  return previous === 'assistant' ? 'Expected last role User or Tool' : undefined;
};

const mistralOrder: Judge = ({ messages }) => {
  const next: Record<string, string[]> = {
    '': ['system', 'user', 'assistant'],
    system: ['system', 'user', 'assistant'],
    user: ['assistant', 'system', 'user'],
    assistant: ['assistant', 'user', 'tool'],
    tool: ['assistant', 'tool'],
  };
  const roles = messages.map(({ role }) => role);
  const wrong = roles.findIndex((role, index) => !next[roles[index - 1] ?? '']?.includes(role));
  if (wrong >= 0) return `Unexpected role '${roles[wrong]}' after role '${roles[wrong - 1]}'`;
  return ['user', 'tool'].includes(roles.at(-1) ?? '')
    ? undefined
    : `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${roles.at(-1)}`;
};

const noNames = each(({ name }, index) =>
  name === undefined
    ? undefined
    : `[{"type":"extra_forbidden","loc":["body","messages",${index},"user","name"],"msg":"Extra inputs are not permitted"}]`,
);

const noReasoning = each((message) =>
  'reasoning_content' in message ? "property 'reasoning_content' is unsupported" : undefined,
);

const noImages = each(({ content }, index) =>
  Array.isArray(content) && content.some(({ type }) => type === 'image_url')
    ? `Failed to deserialize the JSON body into the target type: messages[${index}]: unknown variant \`image_url\`, expected \`text\``
    : undefined,
);

const reasoningOf = (isDue: (index: number, lastUser: number) => boolean, wording: string) =>
  each(({ tool_calls: calls, reasoning_content: text }, index, messages) => {
    const lastUser = messages.findLastIndex(({ role }) => role === 'user');
    return calls && isDue(index, lastUser) && (typeof text !== 'string' || text === '') ? wording : undefined;
  });

const signatures = each(({ tool_calls: calls }) =>
  calls && !calls[0]?.extra_content?.google?.thought_signature
    ? 'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.'
    : undefined,
);

const toolsForCalls: Judge = ({ messages, tools }) =>
  !tools?.length && messages.some(({ tool_calls: calls, role }) => calls || role === 'tool')
    ? 'litellm.UnsupportedParamsError: Anthropic expects the `tools=` param to be passed in when there are tool calls in the messages.'
    : undefined;

const properties: Judge = ({ tools = [] }) =>
  tools.every((tool) => tool.function.parameters?.['properties'])
    ? undefined
    : 'Invalid schema for function: object schema missing properties';

const NINE = 'Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.';
const sound = all(pairs, uniqueIds, names, properties);

export const judges: Record<string, Judge> = {
  openai: all(
    sound,
    ids(
      /^.{1,40}$/s,
      "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40.",
    ),
  ),
  mistral: all(sound, ids(/^[a-zA-Z0-9]{9}$/, NINE), mistralOrder, noNames, noReasoning, objects),
  gemini: all(sound, signatures, objects),
  deepseek: all(
    sound,
    reasoningOf(
      (index, user) => index > user,
      'The `reasoning_content` in the thinking mode must be passed back to the API.',
    ),
  ),
  kimi: all(
    sound,
    reasoningOf(
      () => true,
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
    ),
  ),
  qwen: all(sound, systemFirst, objects, noReasoning),
  gemma: all(
    sound,
    turns,
    each(({ role }) => (role === 'system' ? 'System role not supported' : undefined)),
    objects,
  ),
  strict: all(sound, systemFirst, turns, noNames, objects, texts),
  anthropic: all(
    sound,
    texts,
    toolsForCalls,
    objects,
    ids(/^[a-zA-Z0-9_-]+$/, 'tool_use.id: String should match pattern'),
  ),
  blind: all(sound, noImages),
};
