/** Just before or after an event of this type is committed. */
interface Failpoint {
  moment: 'before' | 'after';
  event: string;
}

let armed: Failpoint | undefined;

/** Makes this process die at a point. Only `main.ts` calls it, with what the configuration says. */
export function arm(point: Failpoint | undefined): void {
  armed = point;
}

/** Stands beside each commit of events, and does nothing unless the process was armed: then it dies here, as by kill -9. */
export function failpoint(moment: Failpoint['moment'], events: { type: string }[]): void {
  if (armed?.moment === moment && events.some(({ type }) => type === armed?.event))
    process.kill(process.pid, 'SIGKILL');
}
