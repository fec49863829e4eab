import type { ConversationEvent } from '../../src/events/event-types.ts';
import type { Story } from './story.ts';
import type { Edge } from './talk.ts';

/** What one subscriber was told, however often it left and came back. */
export interface Transcript {
  conversationId: string;
  /** The seq after which it asked to be told. */
  after: number;
  /** A transcript of runEvents: nothing but this run. */
  runId?: string;
  /** Whether the server said that this is all. */
  isComplete?: boolean;
  edges: Edge[];
}

/** The seq of an event. Clients must not look into cursors; a checker may. */
export function seqOf({ cursor }: { cursor: string }): number {
  return Number(Buffer.from(cursor, 'base64url').toString().split(':')[1]);
}

/** I10: exactly the log's part that it asked for, each event once, in order, with the same content. */
export function* checkTranscript(
  { conversationId, after, runId, isComplete = false, edges }: Transcript,
  stories: Story[],
): Generator<string, void> {
  const { events } = stories.find(({ head }) => head.conversationId === conversationId) ?? { events: [] };
  const asked = events.filter((event) => event.seq > after && (runId === undefined || event.runId === runId));
  for (const [index, edge] of edges.entries()) {
    const event = asked[index];
    if (event && isSame(edge, event)) continue;
    const [told, real] = [JSON.stringify(edge), JSON.stringify(event)];
    return yield `I10: ${conversationId} after ${after}: event ${index} was told as ${told} (seq ${seqOf(edge)}), the log has ${real}`;
  }
  if (isComplete && edges.length < asked.length)
    yield `I10: ${conversationId} after ${after}: it ended after ${edges.length} events, the log has ${asked.length}`;
}

function isSame(edge: Edge, event: ConversationEvent): boolean {
  if (seqOf(edge) !== event.seq || edge.runId !== event.runId || edge.node.__typename !== event.type) return false;
  if (new Date(edge.createdAt).getTime() !== event.createdAt.getTime()) return false;
  const { node } = edge;
  switch (node.__typename) {
    case 'AssistantTextDelta':
    case 'ReasoningDelta':
      return (
        'delta' in event.data &&
        node.delta === event.data.delta &&
        node.offset === event.data.offset &&
        node.messageId === event.data.messageId
      );
    case 'ToolCallDelta':
      return (
        'toolCallId' in event.data &&
        'delta' in event.data &&
        node.argumentsDelta === event.data.delta &&
        node.offset === event.data.offset &&
        node.toolCallId === event.data.toolCallId &&
        node.messageId === event.data.messageId &&
        node.messageKind === event.data.messageKind &&
        node.name === event.data.name
      );
    case 'MessageAdded':
      return 'messageId' in event.data && node.message.id === event.data.messageId;
    case 'RunStarted':
      return 'attempt' in event.data && node.attempt === event.data.attempt;
    case 'RunFinished':
      return (
        'stopReason' in event.data && node.status === event.data.status && node.stopReason === event.data.stopReason
      );
    case 'StepRestarted':
      return 'messageIds' in event.data && node.messageIds.join() === event.data.messageIds.join();
    default:
      return true;
  }
}
