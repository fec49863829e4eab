/** What one call may take. */
export interface CallLimits {
  /** How long the provider may take to begin its response. */
  firstTokenMs: number;
  /** How long it may then be silent before the first token: the model reasons. */
  reasoningMs: number;
  /** How long an answer may pause after that. */
  idleMs: number;
  /** How long the whole answer may take. */
  callMs: number;
  /** How long its text, reasoning and tool calls may be together. */
  outputBytes: number;
}
