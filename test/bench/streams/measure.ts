import type { Channel, Script, Target } from './target.ts';

/** What came of one answer. Times in milliseconds. */
export interface Answer {
  /** From the send to the answer of the request. */
  answeredMs: number;
  firstTokenMs: number;
  /** From the first token to the end. */
  streamingMs: number;
  wholeMs: number;
  /** For each token: from the model's writing it to its arrival. */
  ages: number[];
}

export interface Measured {
  answers: Answer[];
  /** From the first send to the last end. */
  wholeMs: number;
  /** CPU time of the process between, in seconds for 1,000 tokens; null where there is none. */
  cpu: number | null;
}

/** Sends once on each channel at the same time, and checks that every token came, once and in order. */
export async function measure(target: Target, channels: Channel[], script: Script): Promise<Measured> {
  const before = await target.process?.cpu();
  const start = performance.now();
  const answers = await Promise.all(channels.map((channel) => askOne(channel, script)));
  const wholeMs = performance.now() - start;
  const after = await target.process?.cpu();
  const cpu =
    before === undefined || after === undefined ? null : (after - before) / ((script.tokens * channels.length) / 1000);
  return { answers, wholeMs, cpu };
}

async function askOne(channel: Channel, script: Script): Promise<Answer> {
  const start = performance.now();
  let answered = start;
  let first: number | undefined;
  const ages: number[] = [];
  let text = '';
  const onText = (piece: string) => {
    const now = performance.now();
    first ??= now;
    text += piece;
    const end = text.lastIndexOf(' ') + 1;
    for (const token of text.slice(0, end).split(' '))
      if (token) ages.push(performance.timeOrigin + now - Number(token));
    text = text.slice(end);
  };
  await channel.ask(script, onText, () => (answered = performance.now()));
  const end = performance.now();
  if (ages.length !== script.tokens) throw new Error(`${ages.length} tokens came of ${script.tokens}`);
  return {
    answeredMs: answered - start,
    firstTokenMs: (first ?? end) - start,
    streamingMs: end - (first ?? start),
    wholeMs: end - start,
    ages,
  };
}

/** The value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const rising = Float64Array.from(values).toSorted();
  return rising[Math.max(0, Math.ceil(share * rising.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
