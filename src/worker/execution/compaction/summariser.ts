import type { CompactionSettings } from '../../../agent/compaction/settings.ts';
import type { Model } from '../../../agent/model.ts';
import type { Models } from '../../../llm/registry.ts';

/** Of OpenAI: quick, cheap, and with a window that takes the transcript of any of its models but the longest ones. */
const SMALL_MODEL = 'gpt-5-mini';

/**
 * The model that summarises: the one that was chosen, while it is configured; else a small one of OpenAI, where the
 * agent's own is OpenAI's; else the agent's own.
 */
export function summariserOf(
  models: Models,
  { model: chosen }: Pick<CompactionSettings, 'model'>,
  agentModel: Model,
): Model {
  const isOpenAi = agentModel.tokenizer !== null;
  return (
    (chosen === null ? undefined : models.resolve(chosen)) ??
    (isOpenAi ? models.resolve(`${agentModel.provider}/${SMALL_MODEL}`) : undefined) ??
    agentModel
  );
}
