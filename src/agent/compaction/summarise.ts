import { ModelError, type ModelMessage } from '../model.ts';
import type { Asker } from './ask-summary.ts';
import { createBreather } from './breather.ts';
import type { CompactionTask } from './task.ts';
import { toTranscript } from './transcript.ts';
import type { Unit } from './units.ts';

/** How much of the summariser's window a request may take: there must be room for the summary, and counts are estimates. */
const SHARE = 0.6;

/** How often the parts are halved because they were too long all the same. */
const MOST_HALVINGS = 3;

const ACKNOWLEDGEMENT = 'I will answer with the summary of the transcript, and with nothing else.';

/** Has the summariser summarise a transcript, in as many parts as its window takes. */
export async function summarise(
  task: CompactionTask,
  { units, prompt }: { units: Unit[]; prompt: string },
  asker: Asker,
  signal: AbortSignal,
): Promise<string> {
  const limit = (task.summariser.contextWindow * SHARE) / task.correction;
  const settings = task.settings.modelSettings ?? {};
  // The next one is the last of the array.
  const pending = toTranscript(units.flatMap(({ messages }) => messages)).toReversed();
  const breathe = createBreather(signal);
  let halvings = 0;
  let mostTokens = limit;
  let summary: string | null = null;
  do {
    // However much the summary so far takes, there is to be some progress.
    const room = Math.max(limit - countRequest(task, toRequest(task, prompt, summary, [])), limit / 4);
    const part = await takePart(pending, Math.min(room, mostTokens), task, breathe);
    try {
      const messages = toRequest(task, prompt, summary, part.entries);
      summary = await asker.ask(task.summariser, { messages, tools: [], settings });
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== 'LLM_CONTEXT_WINDOW_EXCEEDED') throw error;
      halvings += 1;
      if (halvings > MOST_HALVINGS) throw error;
      mostTokens = part.tokens / 2;
      for (const entry of part.entries.toReversed()) pending.push(entry);
    }
  } while (pending.length > 0);
  return summary!;
}

function toRequest(
  { settings }: CompactionTask,
  prompt: string,
  summary: string | null,
  entries: string[],
): ModelMessage[] {
  const before =
    summary === null
      ? ''
      : 'The transcript is long, and comes in parts. This is your summary of the parts before this one:\n\n' +
        `${summary}\n\nWrite one summary of that and of this next part:\n\n`;
  return [
    { role: 'system', text: prompt },
    ...(settings.promptAcknowledgement ? [{ role: 'assistant' as const, text: ACKNOWLEDGEMENT, toolCalls: [] }] : []),
    { role: 'user', text: `${before}${entries.join('\n')}` },
  ];
}

function countRequest({ counter }: CompactionTask, messages: ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + counter.message(message), 0);
}

/** Takes as many entries as have room. One that is alone too long for it is cut. */
async function takePart(
  pending: string[],
  room: number,
  { counter }: CompactionTask,
  breathe: () => Promise<void>,
): Promise<{ entries: string[]; tokens: number }> {
  const around = counter.message({ role: 'user', text: '' });
  const entries: string[] = [];
  let tokens = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    await breathe();
    const more = counter.message({ role: 'user', text: `${next}\n` }) - around;
    if (tokens + more <= room) {
      entries.push(next);
      tokens += more;
    } else if (entries.length > 0) {
      pending.push(next);
      break;
    } else {
      const [start, end] = halve(next);
      if (end === '') return { entries: [start], tokens: more };
      pending.push(end, start);
    }
  }
  return { entries, tokens };
}

/** In the middle, but not inside a surrogate pair. */
function halve(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2);
  const end = (text.codePointAt(middle - 1) ?? 0) > 0xff_ff ? middle + 1 : middle;
  return [text.slice(0, end), text.slice(end)];
}
