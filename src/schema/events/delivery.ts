import type { ConversationEvent, EventType } from '../../events/event-types.ts';
import type { Viewer } from '../../services/deps.ts';
import type { Db } from '../../store/database.ts';
import type { Conversation, Message, Run, ToolCall } from '../../store/generated/client.ts';

type RunEventType = 'RunQueued' | 'RunStarted' | 'RunResumed' | 'RunFinished';

/** An event with the object that it names, as that is when the event is delivered. */
export type Delivery<Type extends EventType = EventType> = {
  [T in Type]: ConversationEvent<T> &
    (T extends RunEventType
      ? { run: Run }
      : T extends 'RunRequiresAction'
        ? { run: Run; toolCalls: ToolCall[] }
        : T extends 'MessageAdded' | 'CompactionFinished'
          ? { message: Message }
          : T extends 'ToolCallUpdated'
            ? { toolCall: ToolCall }
            : T extends 'ContextChanged' | 'ConversationUpdated'
              ? { conversation: Conversation }
              : unknown);
}[Type];

/**
 * Reads the object of an event. Nothing when the object is no more, or when a newer node wrote an event that this one does
 * not know: then the event is to be passed over, as an error would end the subscription. What is only marked as deleted
 * is still read: the rest of the log, up to ConversationDeleted, is delivered whole.
 */
export async function readObject(
  db: Db,
  { organizationId }: Viewer,
  event: ConversationEvent,
): Promise<Delivery | undefined> {
  switch (event.type) {
    case 'RunQueued':
    case 'RunStarted':
    case 'RunResumed':
    case 'RunFinished': {
      const run = await db.run.findUnique({ where: { id: event.runId ?? '', organizationId } });
      return run ? { ...event, run } : undefined;
    }
    case 'RunRequiresAction': {
      const run = await db.run.findUnique({ where: { id: event.runId ?? '', organizationId } });
      const toolCalls = await db.toolCall.findMany({
        where: { id: { in: event.data.toolCallIds }, organizationId },
        orderBy: { index: 'asc' },
      });
      return run ? { ...event, run, toolCalls } : undefined;
    }
    case 'MessageAdded':
    case 'CompactionFinished': {
      const message = await db.message.findUnique({ where: { id: event.data.messageId, organizationId } });
      return message ? { ...event, message } : undefined;
    }
    case 'ToolCallUpdated': {
      const toolCall = await db.toolCall.findUnique({ where: { id: event.data.toolCallId, organizationId } });
      return toolCall ? { ...event, toolCall } : undefined;
    }
    case 'ContextChanged':
    case 'ConversationUpdated': {
      const conversation = await db.conversation.findUnique({ where: { id: event.conversationId, organizationId } });
      return conversation ? { ...event, conversation } : undefined;
    }
    case 'AssistantTextDelta':
    case 'ReasoningDelta':
    case 'ToolCallDelta':
    case 'CompactionStarted':
    case 'CompactionFailed':
    case 'StepRestarted':
    case 'ConversationDeleted':
      return event;
    default:
      return undefined;
  }
}
