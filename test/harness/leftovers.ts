import type { ChildProcess } from 'node:child_process';

const running = new Map<ChildProcess, NodeJS.Signals>();

process.once('exit', () => running.forEach((signal, child) => child.kill(signal)));

/** A process that a test has started ends with the tests, even when its test ran out of time and never came to stop it. */
export function endWithTests<Child extends ChildProcess>(child: Child, signal: NodeJS.Signals = 'SIGKILL'): Child {
  running.set(child, signal);
  child.once('exit', () => running.delete(child));
  return child;
}
