import type { StoredKind } from '../agent/message.ts';
import type { Message } from '../store/generated/client.ts';

const types: Record<StoredKind, string> = {
  SYSTEM: 'SystemMessage',
  USER: 'UserMessage',
  ASSISTANT: 'AssistantMessage',
  REASONING: 'ReasoningMessage',
  HIDDEN_REASONING: 'HiddenReasoningMessage',
  TOOL_CALL: 'ToolCallMessage',
  APPROVAL_REQUEST: 'ApprovalRequestMessage',
  APPROVAL_RESPONSE: 'ApprovalResponseMessage',
  TOOL_RETURN: 'ToolReturnMessage',
  SUMMARY: 'SummaryMessage',
};

/** The GraphQL type of a message, which is one for each kind. */
export function typeOfMessage({ kind }: Pick<Message, 'kind'>): string {
  return types[kind];
}
