import './scalars.ts';
import './viewer.ts';
import './model.ts';
import './lists/connection.ts';
import './agents/agent.ts';
import './agents/agent-connection.ts';
import './agents/agent-mutations.ts';
import './blocks/block.ts';
import './blocks/block-connection.ts';
import './blocks/block-agents.ts';
import './blocks/block-history.ts';
import './blocks/block-mutations.ts';
import './blocks/block-attachment.ts';
import './tools/tool.ts';
import './tools/tool-connection.ts';
import './tools/tool-mutations.ts';
import './tools/tool-attachment.ts';
import './conversations/conversation.ts';
import './conversations/conversation-connection.ts';
import './conversations/conversation-mutations.ts';
import './conversations/system-prompt.ts';
import './conversations/context-window.ts';
import './runs/run.ts';
import './runs/run-connection.ts';
import './runs/conversation-runs.ts';
import './messages/message-types.ts';
import './messages/reasoning-message.ts';
import './messages/message-connection.ts';
import './runs/step.ts';
import './errors.ts';
import './messages/send-message.ts';
import './messages/preview-model-request.ts';
import './runs/decide-tool-calls.ts';
import './runs/pending-approvals.ts';
import './conversations/compact-conversation.ts';
import './runs/cancel-run.ts';
import './conversations/cancel-conversation.ts';
import './conversations/reset-conversation.ts';
import './conversations/undo-compaction.ts';
import './messages/capture-messages.ts';
import './conversations/fork-conversation.ts';
import './events/subscription.ts';
import './conversations/conversation-update.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { createLoaders } from './loaders.ts';

/** The whole API. Making it opens no connection and reads no environment. */
export const schema = builder.toSchema();

// Mutations of one document run one after the other: what was read for the payload of one is old for the next.
for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
  const { resolve } = field;
  field.resolve = (root, args, context: Context, info) => {
    context.loaders = createLoaders(context.deps);
    return resolve?.(root, args, context, info);
  };
}
