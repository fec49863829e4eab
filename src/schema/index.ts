import './scalars.ts';
import './viewer.ts';
import './model.ts';
import './connection.ts';
import './agent.ts';
import './agent-connection.ts';
import './agent-mutations.ts';
import './block.ts';
import './block-connection.ts';
import './block-agents.ts';
import './block-history.ts';
import './block-mutations.ts';
import './block-attachment.ts';
import './tool.ts';
import './tool-connection.ts';
import './tool-mutations.ts';
import './tool-attachment.ts';
import './conversation.ts';
import './conversation-connection.ts';
import './conversation-mutations.ts';
import './system-prompt.ts';
import './context-window.ts';
import './run.ts';
import './run-connection.ts';
import './conversation-runs.ts';
import './message-types.ts';
import './reasoning-message.ts';
import './message-connection.ts';
import './step.ts';
import './errors.ts';
import './send-message.ts';
import './preview-model-request.ts';
import './decide-tool-calls.ts';
import './pending-approvals.ts';
import './compact-conversation.ts';
import './cancel-run.ts';
import './cancel-conversation.ts';
import './reset-conversation.ts';
import './undo-compaction.ts';
import './capture-messages.ts';
import './fork-conversation.ts';
import './subscription.ts';
import './conversation-update.ts';
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
