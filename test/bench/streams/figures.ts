import { measure, median } from './measure.ts';
import type { Channel, Script, Target } from './target.ts';

/** A scenario: what is sent, on how many channels, and the figures of one round. */
export interface Scenario {
  title: string;
  script: Script;
  channels: number;
  /** Sends on one channel after the other instead of all at once. */
  repeats?: number;
  figures: Figure[];
}

export interface Figure {
  name: string;
  digits: number;
  of(round: Round): number | null;
  /** Whether it holds, against the recipe and direct in the same rounds. */
  goal?: {
    text: string;
    most?: (recipe: number, direct: number) => number;
    least?: (recipe: number, direct: number) => number;
  };
}

export interface Round {
  answered: number[];
  first: number[];
  whole: number;
  streaming: number;
  ages: number[];
  cpu: number | null;
  script: Script;
}

export async function runScenario(target: Target, channels: Channel[], { script, repeats }: Scenario): Promise<Round> {
  const parts = [];
  if (repeats)
    for (let index = 0; index < repeats; index++) parts.push(await measure(target, channels.slice(0, 1), script));
  else parts.push(await measure(target, channels, script));
  const answers = parts.flatMap((part) => part.answers);
  return {
    answered: answers.map(({ answeredMs }) => answeredMs),
    first: answers.map(({ firstTokenMs }) => firstTokenMs),
    whole: Math.max(...parts.map(({ wholeMs }) => wholeMs)),
    streaming: median(answers.map(({ streamingMs }) => streamingMs)),
    ages: answers.flatMap(({ ages }) => ages),
    cpu: parts[0]?.cpu ?? null,
    script,
  };
}
