import { createHash } from 'node:crypto';

export interface Block extends Record<string, unknown> {
  type: string;
  cache_control?: unknown;
}

export interface MessagesBody extends Record<string, unknown> {
  model: string;
  max_tokens: number;
  system?: Block[];
  messages: { role: 'user' | 'assistant'; content: Block[] }[];
  tools?: { name: string; input_schema: { type?: unknown }; cache_control?: unknown }[];
  tool_choice?: { type: string };
  thinking?: { type: string; budget_tokens?: number; block_binding?: object };
  output_config?: { format?: { schema: object } };
}

const KNOWN = new Set(
  'model max_tokens system messages tools tool_choice thinking output_config stream top_p temperature'.split(' '),
);

export const signatureOf = (model: string, thinking: string) =>
  `sig+${createHash('sha256').update(`${model}\n${thinking}`).digest('base64')}`;

/** What the Messages API refuses in a request, in its own words; written from its documents. */
export function judgeMessages(body: MessagesBody, hasBindingHeader = false): string | undefined {
  const unknown = Object.keys(body).find((key) => !KNOWN.has(key));
  if (unknown) return `${unknown}: Extra inputs are not permitted`;
  if (!(body.max_tokens > 0)) return 'max_tokens: Field required';
  return judgeSettings(body, hasBindingHeader) ?? judgeTurns(body) ?? judgeCache(body);
}

function judgeSettings({ model, thinking, max_tokens: most, ...body }: MessagesBody, hasBindingHeader: boolean) {
  if (/claude-[a-z]+-5/.test(model)) {
    const sampled = ['temperature', 'top_p'].find((key) => key in body);
    if (sampled) return `\`${sampled}\` is deprecated for this model.`;
    if (thinking && thinking.type !== 'adaptive')
      return `"thinking.type.${thinking.type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`;
  } else if (thinking?.type === 'adaptive') return 'adaptive thinking is not supported on this model';
  if (thinking?.block_binding && !hasBindingHeader) return 'thinking.block_binding: Extra inputs are not permitted';
  if (thinking?.type !== 'enabled') return undefined;
  const { budget_tokens: budget = 0 } = thinking;
  if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  if (budget >= most) return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  if ('temperature' in body) return '`temperature` may only be set to 1 when thinking is enabled.';
  if (/any|tool/.test(body.tool_choice?.type ?? ''))
    return 'Thinking may not be enabled when tool_choice forces tool use.';
  const [before, last] = body.messages.slice(-2);
  const isOpen = last?.content.some(({ type }) => type === 'tool_result');
  if (isOpen && !/thinking/.test(before?.content[0]?.type ?? ''))
    return 'Expected `thinking` or `redacted_thinking`, but found `tool_use`.';
  return undefined;
}

function judgeTurns({ model, system, messages, tools }: MessagesBody): string | undefined {
  if (system?.some(isBlank)) return 'system: text content blocks must contain non-whitespace text';
  if (tools?.some(({ input_schema: schema }) => schema.type !== 'object'))
    return 'tools.0.custom.input_schema.type: Field required';
  const ids = new Set<unknown>();
  let open: unknown[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const at = `messages.${index}`;
    if (role !== (index % 2 === 0 ? 'user' : 'assistant')) return `${at}: roles must alternate, the user first`;
    if (content.length === 0) return `${at}: all messages must have non-empty content`;
    if (content.some(isBlank)) return `${at}: text content blocks must contain non-whitespace text`;
    const returned = content.filter(({ type }) => type === 'tool_result').map((block) => block['tool_use_id']);
    if (open.length !== returned.length || open.some((id) => !returned.includes(id)))
      return `${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join()}`;
    if (content.slice(0, returned.length).some(({ type }) => type !== 'tool_result'))
      return `${at}: \`tool_result\` blocks must come first`;
    open = content.filter(({ type }) => type === 'tool_use').map((block) => block['id']);
    if (open.length > 0 && !tools) return 'Requests which include `tool_use` blocks must define tools';
    for (const id of open) {
      if (ids.has(id)) return `${at}: \`tool_use\` ids must be unique`;
      ids.add(id);
    }
    for (const block of content) {
      if (block.type === 'tool_use' && !isObject(block['input']))
        return `${at}: tool_use.input: Input should be an object`;
      if (block.type === 'thinking' && block['signature'] !== signatureOf(model, String(block['thinking'])))
        return `${at}.content.0: Invalid \`signature\` in \`thinking\` block`;
    }
  }
  return messages.at(-1)?.role === 'user' ? undefined : 'This model does not support assistant message prefill.';
}

function judgeCache({ system = [], messages, tools = [] }: MessagesBody): string | undefined {
  const all = [...tools, ...system, ...messages.flatMap(({ content }) => content)];
  const marks = all.filter((block) => block.cache_control).length;
  return marks > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : undefined;
}

const isBlank = (block: Block) => block.type === 'text' && String(block['text']).trim() === '';
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
