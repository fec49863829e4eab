import { z } from 'zod';

/** What OpenAI's Responses API takes, from its reference (https://developers.openai.com/api/reference/resources/responses). */

const Text = z.string().min(1);
const CallId = z.string().min(1).max(64);
const Name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

const isObject = (text: string) => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const UserPart = z.union([
  z.strictObject({ type: z.literal('input_text'), text: z.string() }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: z.string().regex(/^(https?:|data:image)/),
    detail: z.enum(['low', 'high', 'auto']),
  }),
]);

const Item = z.union([
  z.strictObject({ role: z.literal('system'), content: Text }),
  z.strictObject({ role: z.literal('user'), content: z.union([Text, z.array(UserPart).min(1)]) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: Text,
    phase: z.enum(['commentary', 'final_answer']).optional(),
  }),
  z.strictObject({
    type: z.literal('function_call'),
    call_id: CallId,
    name: Name,
    arguments: z.string().refine(isObject, 'not the JSON of an object'),
  }),
  z.strictObject({ type: z.literal('function_call_output'), call_id: CallId, output: z.string() }),
  z.strictObject({
    type: z.literal('reasoning'),
    id: z.string().startsWith('rs_'),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    encrypted_content: Text,
  }),
]);

const Format = z.union([
  z.strictObject({ type: z.enum(['text', 'json_object']) }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: Name,
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().optional(),
  }),
]);

const Tool = z.strictObject({
  type: z.literal('function'),
  name: Name,
  description: z.string(),
  parameters: z.looseObject({ type: z.literal('object') }),
  strict: z.literal(false),
});

export const Body = z.strictObject({
  model: z.string(),
  input: z.array(Item).min(1),
  stream: z.literal(true),
  store: z.literal(false),
  include: z.tuple([z.literal('reasoning.encrypted_content')]).optional(),
  reasoning: z.strictObject({ effort: z.string().optional(), summary: z.literal('auto').optional() }).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_output_tokens: z.int().min(16).optional(),
  text: z.strictObject({ format: Format }).optional(),
  tools: z.array(Tool).min(1).max(128).optional(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.strictObject({ type: z.literal('function'), name: Name })])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  prompt_cache_key: z.string().min(1).max(64).optional(),
});

export type Body = z.infer<typeof Body>;
export type Item = z.infer<typeof Item>;

/** Why the request is refused; undefined when it is taken. `issued`: the reasoning that this endpoint gave out, by what it is sealed as. */
export function judge(given: unknown, issued: ReadonlyMap<string, Sealed>): string | undefined {
  const { data, error } = Body.safeParse(given);
  if (!data) return `Invalid request: ${z.prettifyError(error)}`;
  return judgeCalls(data) ?? judgeReasoning(data, issued);
}

export interface Sealed {
  model: string;
  id: string;
  summary: string[];
  /** What it led to: the id of a call, or the text of a message. */
  next: string | undefined;
}

function judgeCalls({ input }: Body): string | undefined {
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const item of input) {
    if (!('type' in item)) continue;
    if (item.type === 'function_call') {
      if (seen.has(item.call_id)) return `Duplicate item found with call_id ${item.call_id}.`;
      seen.add(item.call_id);
      open.add(item.call_id);
    }
    if (item.type === 'function_call_output' && !open.delete(item.call_id))
      return `No tool call found for function call output with call_id ${item.call_id}.`;
  }
  return open.size > 0 ? `No tool output found for function call ${[...open].join()}.` : undefined;
}

function judgeReasoning({ model, input }: Body, issued: ReadonlyMap<string, Sealed>): string | undefined {
  for (const [index, item] of input.entries()) {
    if (!('type' in item) || item.type !== 'reasoning') continue;
    const sealed = issued.get(item.encrypted_content);
    if (!sealed || sealed.model !== model || sealed.id !== item.id)
      return `The encrypted content ${item.encrypted_content} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`;
    if (item.summary.map(({ text }) => text).join() !== sealed.summary.join()) return `Item '${item.id}' was changed.`;
    const next = input[index + 1];
    const isFollowed = next && ('call_id' in next ? next.call_id : 'content' in next && next.content) === sealed.next;
    if (!isFollowed) return `Item '${item.id}' of type 'reasoning' was provided without its required following item.`;
  }
  return undefined;
}
