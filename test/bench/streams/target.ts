import type { BenchProcess } from './bench-process.ts';

/** What the model writes in a stream. */
export interface Script {
  tokens: number;
  everyMs: number;
}

/** Where one client asks and reads the answers, one after the other. */
export interface Channel {
  /** `onText` gets the text in pieces. Resolves when the answer is whole. */
  ask(script: Script, onText: (text: string) => void, onAnswered: () => void): Promise<void>;
}

/** One way of getting a model's tokens to clients. */
export interface Target extends AsyncDisposable {
  name: string;
  /** Missing where nothing is between the model and the client. */
  process?: BenchProcess;
  /** With everything open that can be open before a message is sent. */
  open(count: number): Promise<Channel[]>;
}

/** The model of the fake provider that writes the script. */
export const modelOf = ({ tokens, everyMs }: Script) => `tokens-${tokens}-every-${everyMs}`;
