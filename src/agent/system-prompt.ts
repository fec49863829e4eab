import { describeToolRules } from './tool-rules/texts.ts';
import type { ToolRule } from './tool-rules/rule.ts';

export interface PromptBlock {
  label: string;
  description: string | null;
  value: string;
  limit: number;
  readOnly: boolean;
}

interface PromptSource {
  agentId: string;
  conversationId: string;
  /** The base instructions. */
  system: string;
  blocks: PromptBlock[];
  toolRules: readonly ToolRule[];
}

/**
 * Base instructions, then memory, then the rules for tools, then where the agent is. It holds no date and no count, so that it stays the same
 * from one model call to the next, and a provider's prompt cache with it.
 */
export function compileSystemPrompt({ agentId, conversationId, system, blocks, toolRules }: PromptSource): string {
  const memory =
    blocks.length > 0 ? ['<memory_blocks>', ...blocks.map(compileBlock), '</memory_blocks>'].join('\n') : '';
  const place = `<memory_metadata>\n- AGENT_ID: ${agentId}\n- CONVERSATION_ID: ${conversationId}\n</memory_metadata>`;
  return [system, memory, describeToolRules(toolRules), place].filter(Boolean).join('\n\n');
}

function compileBlock({ label, description, value, limit, readOnly }: PromptBlock): string {
  return [
    `<${label}>`,
    ...(description ? [`<description>\n${description}\n</description>`] : []),
    '<metadata>',
    ...(readOnly ? ['- read_only=true'] : []),
    `- chars_current=${[...value].length}`,
    `- chars_limit=${limit}`,
    '</metadata>',
    `<value>\n${value}\n</value>`,
    `</${label}>`,
  ].join('\n');
}
