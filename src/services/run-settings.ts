import type { ModelSettings } from '../agent/model.ts';
import type { Agent, Conversation } from '../store/generated/client.ts';
import type { RunRequest } from './run-request.ts';

/**
 * The request's settings, above the conversation's, above the agent's, field by field. A model that is named in the
 * request comes with the request's settings alone: the others were made for another model.
 */
export function settingsOf(conversation: Conversation & { agent: Agent }, request: RunRequest): ModelSettings {
  const layers = request.model
    ? [request.modelSettings]
    : [conversation.agent.modelSettings, conversation.modelSettings, request.modelSettings];
  const given = layers.flatMap((layer) =>
    Object.entries((layer ?? {}) as ModelSettings).filter(([, value]) => value !== null),
  );
  return Object.fromEntries(given);
}
