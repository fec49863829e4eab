/**
 * How providers say that a request is longer than the model's context window. Few have a code for it. As seen in:
 * - OpenAI: https://github.com/chathub-dev/chathub/issues/126, https://github.com/AsyncFuncAI/deepwiki-open/issues/144
 * - Anthropic: https://github.com/anthropics/claude-code/issues/12186 (prompt), …/4951 (prompt and output together)
 * - Google: https://github.com/google-gemini/gemini-cli/issues/12098
 * - Groq and Cerebras: https://github.com/OpenHands/OpenHands/issues/1902, https://github.com/cline/cline/issues/5140
 * - OpenRouter: https://github.com/topoteretes/cognee/issues/1061
 * - vLLM: https://github.com/vllm-project/vllm/issues/20409, …/12165, https://github.com/OpenBMB/MiniCPM-V/issues/1048
 * - SGLang: https://github.com/anomalyco/opencode/pull/25230
 * - llama.cpp: https://github.com/ggml-org/llama.cpp/pull/15780; its Python server: https://github.com/rllm-team/rllm/issues/55
 * - Mistral, Together, xAI, Ollama, LM Studio, Bedrock, MiniMax, Kimi, Copilot, Poolside:
 *   https://github.com/earendil-works/pi/blob/17c253c5/packages/ai/src/utils/overflow.ts
 * - LM Studio, where the beginning is to be kept: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/546
 * - Zhipu (1261): https://github.com/mangowhoiscloud/geode/pull/668; Kimi, in bytes: https://github.com/MoonshotAI/kimi-code/issues/1862
 */
const WORDINGS = [
  /context_(length|window)_exceeded|exceed_context_size|request_too_large/i,
  /maximum (context|prompt) length/i,
  /(exceeds?|exceeded|(longer|greater|larger) than) [^.]{0,40}(context (length|window|size|limit)|model length|token limit|number of tokens|input length)/i,
  /token count of \d+ exceeds the limit|context window exceeds limit/i,
  /(prompt|input)( \([^)]*\))? (is )?too long|too many (input )?tokens(?!, please wait)/i,
  /reduce the length of the (messages|input|prompt)/i,
  /when (the )?context (the )?overflows|context length of only \d+ tokens/i,
  /prompt exceeds max length|total message size \d+ exceeds limit/i,
];

/**
 * One request alone is more than may be sent in a minute: no wait helps, a shorter one does. As seen in
 * https://github.com/vanna-ai/vanna-flask/issues/11 (OpenAI, 429) and https://github.com/continuedev/continue/issues/10218 (Groq, 413).
 */
const TOO_LARGE_FOR_A_MINUTE = /request too large for/i;

/** Whether a provider refused a request for its length. */
export function isTooLong({ status, said }: { status: number; said: string }): boolean {
  if (status === 413) return true;
  if (status === 429) return TOO_LARGE_FOR_A_MINUTE.test(said);
  return WORDINGS.some((wording) => wording.test(said));
}
