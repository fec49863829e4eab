import type { ContextMessage, MessageContent } from '../message.ts';
import { truncate } from '../truncate.ts';

/** In Unicode code points: a tool may have returned whole files. */
const LONGEST_RETURN = 5_000;

/** A context as text to read, a message or call an entry. What the model is not shown is not in it. */
export function toTranscript(messages: ContextMessage[]): string[] {
  return messages.flatMap((message, index) => (repeatsCalls(message, messages[index - 1]) ? [] : toEntries(message)));
}

/** A step may have both kinds of message with calls; either brings all its calls, in the order in which the model wrote them. */
function repeatsCalls({ kind, stepId }: ContextMessage, previous: ContextMessage | undefined): boolean {
  return kind === 'APPROVAL_REQUEST' && previous?.kind === 'TOOL_CALL' && previous.stepId === stepId;
}

function toEntries({ kind, content, calls }: ContextMessage): string[] {
  switch (kind) {
    case 'SYSTEM':
      return [entry('system', content.text)];
    case 'USER':
      return [entry(content.name ? `user (${content.name})` : 'user', textWithImages(content))];
    case 'ASSISTANT':
      return content.text === '' ? [] : [entry('assistant', content.text)];
    case 'TOOL_CALL':
    case 'APPROVAL_REQUEST':
      return calls.map(({ name, argumentsText }) => entry(`assistant calls ${name}`, argumentsText));
    case 'TOOL_RETURN':
      return calls.map(({ name, result }) => entry(`${name} returned`, truncate(result ?? '', LONGEST_RETURN)));
    case 'SUMMARY':
      return [entry('summary of what came before', content.summary)];
    case 'REASONING':
    case 'HIDDEN_REASONING':
    case 'APPROVAL_RESPONSE':
      return [];
  }
}

/** Further lines are indented, so that no text can pass for another's. */
function entry(who: string, text: string): string {
  return `${who}: ${text.replace(/\r\n?|\n/g, '\n  ')}`;
}

function textWithImages({ parts }: MessageContent['USER']): string {
  return parts.map((part) => ('text' in part ? part.text : '[image]')).join('\n');
}
