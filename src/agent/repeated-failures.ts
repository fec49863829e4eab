import { parseExactly } from './exact-json.ts';
import type { RecordedCall } from './message.ts';
import type { ModelMessage } from './model.ts';

/** After so many failures of the same call the request says so to the model. */
const TOLD_FAILURES = 3;

/** After so many the run ends: the model does not get out of it by itself. */
export const MOST_FAILURES = 6;

/** The call of the last step that failed most often in the same way; undefined when none of them failed. */
export function mostRepeated(steps: RecordedCall[][]): { name: string; count: number } | undefined {
  const counts = countFailures(steps);
  const failures = (steps.at(-1) ?? [])
    .filter(isFailed)
    .map((call) => ({ name: call.name, count: counts.get(keyOf(call))! }));
  return failures.toSorted((one, other) => other.count - one.count)[0];
}

/**
 * Adds to the returns at the end of the prompt how often the same call has failed. What is stored does not change: it is
 * for this request.
 */
export function tellFailures(prompt: ModelMessage[], steps: RecordedCall[][]): ModelMessage[] {
  if ((mostRepeated(steps)?.count ?? 0) < TOLD_FAILURES) return prompt;
  const counts = countFailures(steps);
  const calls = steps.at(-1) ?? [];
  const first = prompt.length - calls.length;
  return prompt.map((message, index) => {
    const call = calls[index - first];
    const count = call && isFailed(call) ? counts.get(keyOf(call))! : 0;
    if (message.role !== 'tool' || count < TOLD_FAILURES) return message;
    return { ...message, text: `${message.text}\n\n${warning(count)}` };
  });
}

function warning(count: number): string {
  return (
    `This call has failed ${count} times in a row with the same arguments, and will fail again. ` +
    `Change the arguments, do something else, or tell the user what is wrong. After ${MOST_FAILURES} failures the run ends.`
  );
}

/** In how many steps each call has failed, since the last step in which every call succeeded. */
function countFailures(steps: RecordedCall[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const calls of steps) {
    if (calls.length > 0 && calls.every(({ status }) => status === 'SUCCEEDED')) counts.clear();
    for (const key of new Set(calls.filter(isFailed).map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function isFailed({ status }: RecordedCall): boolean {
  return status === 'FAILED';
}

function keyOf({ name, argumentsText }: RecordedCall): string {
  return JSON.stringify([name, plain(argumentsText)]);
}

/** The same arguments with other white space are the same. */
function plain(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    return text;
  }
}
