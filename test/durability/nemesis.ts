import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import type { Random } from '../harness/random.ts';

export interface Damage {
  freezes: number;
  kills: number;
  expired: number;
}

interface Target {
  fleet: Fleet;
  /** Killed ones are replaced in place. */
  workers: NodeProcess[];
  apis: NodeProcess[];
  longestFreezeMs: number;
  random: Random;
  signal: AbortSignal;
}

/** Freezes nodes, takes leases away and kills workers until `signal` aborts; when it returns all are awake. */
export async function keepBreaking({ fleet, workers, apis, longestFreezeMs, random, signal }: Target): Promise<Damage> {
  const damage: Damage = { freezes: 0, kills: 0, expired: 0 };
  const frozen = new Map<NodeProcess, Promise<void>>();
  while (!signal.aborted) {
    await sleep(random.between(30, 300));
    const deed = random.fraction();
    if (deed < 0.35) freeze(random.pick(workers), random.between(50, longestFreezeMs));
    else if (deed < 0.42) freeze(random.pick(apis), random.between(50, 1500));
    else if (deed < 0.97) await expire(random.between(1, 4));
    else await kill(random.between(0, workers.length - 1));
  }
  await Promise.all(frozen.values());
  return damage;

  function freeze(node: NodeProcess, ms: number) {
    if (frozen.has(node) || [...frozen.keys()].filter((other) => workers.includes(other)).length >= workers.length - 1)
      return;
    node.stop();
    damage.freezes += 1;
    const thaw = sleep(ms).then(() => {
      node.resume();
      frozen.delete(node);
    });
    frozen.set(node, thaw);
  }

  /** Some runs lose their lease, so that their worker, frozen or awake, meets a successor. */
  async function expire(count: number) {
    const running = await fleet.database.db.run.findMany({
      where: { status: 'RUNNING', crashes: 0 },
      select: { id: true },
    });
    for (let taken = 0; taken < count && running.length > 0; taken++)
      damage.expired += await fleet.expireLeases(random.pick(running).id);
  }

  async function kill(index: number) {
    const node = workers[index];
    if (!node || frozen.has(node)) return;
    damage.kills += 1;
    await node.kill();
    workers[index] = await fleet.start({ ROLE: 'worker' });
  }
}
