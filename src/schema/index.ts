import './scalars.ts';
import './viewer.ts';
import './model.ts';
import './connection.ts';
import './agent.ts';
import './agent-connection.ts';
import './agent-mutations.ts';
import './conversation.ts';
import './conversation-connection.ts';
import './conversation-mutations.ts';
import './run.ts';
import './run-connection.ts';
import './conversation-runs.ts';
import './message-types.ts';
import './message-connection.ts';
import './step.ts';
import './errors.ts';
import './send-message.ts';
import './cancel-run.ts';
import './cancel-conversation.ts';
import './subscription.ts';
import './conversation-update.ts';
import { builder } from './builder.ts';

/** The whole API. Making it opens no connection and reads no environment. */
export const schema = builder.toSchema();
