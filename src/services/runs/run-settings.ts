import type { ModelSettings } from '../../agent/model.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';
import { asGiven } from '../../key-order.ts';
import type { Models } from '../../llm/registry.ts';
import type { Agent, Conversation } from '../../store/generated/client.ts';
import type { RunRequest } from './run-request.ts';

type SettingsSource = Pick<Conversation, 'model' | 'modelSettings' | 'modelSettingsAsGiven'> & {
  agent: Pick<Agent, 'modelSettings' | 'modelSettingsAsGiven' | 'toolRules' | 'toolRulesAsGiven'>;
};

/**
 * The request's settings, above the conversation's, above the agent's, field by field. Where the conversation or the request
 * names a model, the layers below it are left out: their settings were made for another model.
 */
export function settingsOf(conversation: SettingsSource, request: RunRequest): ModelSettings {
  const given = layersOf(conversation, request).flatMap((layer) =>
    Object.entries((layer ?? {}) as ModelSettings).filter(([, value]) => value !== null),
  );
  const settings: ModelSettings = Object.fromEntries(given);
  // What a rule allows depends on what the call before came to.
  return toolRulesOf(conversation.agent).length > 0 ? { ...settings, parallelToolCalls: false } : settings;
}

function layersOf({ agent, ...conversation }: SettingsSource, request: RunRequest) {
  if (request.model !== null) return [request.modelSettings];
  const own = asGiven(conversation, 'modelSettings');
  if (conversation.model !== null) return [own, request.modelSettings];
  return [asGiven(agent, 'modelSettings'), own, request.modelSettings];
}

/** The handle of the model that an agent runs with where neither a conversation nor a message names one. */
export function modelOfAgent(
  models: Pick<Models, 'defaultHandle'>,
  { model, followsDefaultModel }: Pick<Agent, 'model' | 'followsDefaultModel'>,
): string {
  return followsDefaultModel ? models.defaultHandle : model;
}

/**
 * The context window in tokens that a run with the model `handle` has. The agent's window was chosen for any model that
 * talks for it, and is limited by the one that does; a model that is named in the request comes with its own.
 */
export function windowOf(
  models: Pick<Models, 'resolve'>,
  handle: string,
  { contextWindow }: Pick<Agent, 'contextWindow'>,
  request: Pick<RunRequest, 'model'> = { model: null },
): number {
  const own = models.resolve(handle)?.contextWindow;
  return request.model === null ? Math.min(contextWindow, own ?? Infinity) : (own ?? contextWindow);
}
