import { setImmediate as turn } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The server itself, which tells in a line of its log, whenever it gets SIGUSR2, how much data it holds. What the engine
// compiles in the meantime does not count.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const DATA = /^(new|old|large_object|new_large_object)_space$/;

process.on('SIGUSR2', async () => {
  // What one collection finalizes, the next one frees. Nothing may come between the last and the reading.
  collectGarbage();
  await turn();
  collectGarbage();
  const spaces = getHeapSpaceStatistics().filter((space) => DATA.test(space.space_name));
  const bytes = spaces.reduce((sum, space) => sum + space.space_used_size, process.memoryUsage().external);
  process.stderr.write(`${JSON.stringify({ level: 30, msg: 'memory', bytes })}\n`);
});

await import('../../src/main.ts');
