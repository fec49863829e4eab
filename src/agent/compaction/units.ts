import { buildPrompt } from '../prompt.ts';
import { createBreather } from './breather.ts';
import type { Compactable, CompactionTask } from './task.ts';

/** What stays or leaves as a whole: the messages of a step, so that no call loses its return, or any other message alone. */
export interface Unit {
  messages: Compactable[];
  isKept: boolean;
  /** In the model's prompt, as they are counted. */
  tokens: number;
}

/** Divides a context, in its order. */
export async function toUnits(
  { context, images, counter }: Pick<CompactionTask, 'context' | 'images' | 'counter'>,
  signal: AbortSignal,
): Promise<Unit[]> {
  const units: Unit[] = [];
  const breathe = createBreather(signal);
  for (const messages of divide(context)) {
    const tokens = buildPrompt(messages, images).reduce((sum, message) => sum + counter.message(message), 0);
    units.push({ messages, isKept: messages.some(({ isKept }) => isKept), tokens });
    await breathe();
  }
  return units;
}

/** Whether the model is shown anything of these that is no summary yet. */
export function haveNews(units: Unit[]): boolean {
  return units.some(({ messages, tokens }) => tokens > 0 && messages.some(({ kind }) => kind !== 'SUMMARY'));
}

/** Whatever stands between two messages of a step belongs to its unit too. */
function divide(context: Compactable[]): Compactable[][] {
  const lastOfStep = new Map(context.map(({ stepId }, index) => [stepId, index]));
  const groups: Compactable[][] = [];
  let end = -1;
  for (const [index, message] of context.entries()) {
    if (index > end) groups.push([]);
    groups.at(-1)!.push(message);
    end = Math.max(end, message.stepId === null ? index : lastOfStep.get(message.stepId)!);
  }
  return groups;
}
