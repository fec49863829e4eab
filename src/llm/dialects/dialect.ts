/** What an endpoint and a model take in a request. Every value is data: configuration sets it, and a refusal teaches it. */
export interface Dialect {
  /** Which ids of tool calls are taken: see `CALL_IDS`. */
  callIds: keyof typeof CALL_IDS;
  /** Where a system message may stand: anywhere, as the first message only, or nowhere. Elsewhere it becomes a user message. */
  systemMessages: 'anywhere' | 'first' | 'none';
  /** Whether user and assistant must take turns, the user first. Messages in a row are merged, gaps are bridged. */
  alternates: boolean;
  /** Whether a user message may follow the return of a tool call. */
  userAfterTool: boolean;
  /** Whether a user message may have a name. It goes into the text otherwise. */
  userNames: boolean;
  /** Whether images are taken. A note stands in their place otherwise. */
  images: boolean;
  /** Which answers go back with their reasoning (in chat: those with tool calls): none, those since the last user message, or all. */
  reasoning: 'never' | 'turn' | 'always';
  /** Whether the first call of each answer must have a thought signature of Google. */
  thoughtSignatures: boolean;
  /** Whether calls in the history need tools in the request. */
  callsNeedTools: boolean;
  /** Whether the schema of a tool may do without `properties`. */
  bareSchemas: boolean;
  /**
   * How a model of Anthropic's API is asked to think: not at all, with a budget of tokens, with an effort, with an effort
   * above what it does by itself, or so with thinking that holds only behind the prompt that it was written for.
   */
  thinking: 'none' | 'budget' | 'adaptive' | 'always' | 'bound';
  /** The name of the output limit. */
  maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Parameters that are left out: `name`, `group.name`, or `name=value` for one value of it, as JSON. */
  omits: readonly string[];
}

/** What configuration says of a provider or a model: a row in the place of those that match, and switches above it. */
export interface DialectChoice {
  dialect?: string | undefined;
  switches?: { [Switch in keyof Dialect]?: Dialect[Switch] | undefined } | undefined;
}

/** What holds where nothing else is known. */
export const DIALECT: Dialect = {
  callIds: 'upTo40',
  systemMessages: 'anywhere',
  alternates: false,
  userAfterTool: true,
  userNames: true,
  images: true,
  reasoning: 'never',
  thoughtSignatures: false,
  callsNeedTools: true,
  bareSchemas: true,
  thinking: 'budget',
  maxTokens: 'max_tokens',
  omits: [],
};

/** Which ids of tool calls are taken. `length` is that of an id that is made here; an exact dialect takes no other, the ids of the provider included. */
export const CALL_IDS = {
  upTo40: { pattern: /^[a-zA-Z0-9_-]{1,40}$/, length: 24, isExact: false },
  exactly9: { pattern: /^[a-zA-Z0-9]{9}$/, length: 9, isExact: true },
} as const;
