import { appendFileSync } from 'node:fs';
import { startApp } from '../../src/app.ts';
import type { Tool } from '../../src/agent/tool.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

// A server with two tools that leave a line in EFFECTS. With TOOL_DIES the process is gone right after that.
const { EFFECTS = '', TOOL_DIES } = process.env;

const tool = (name: string, isIdempotent: boolean): [string, Tool] => [
  name,
  {
    name,
    description: `Does ${name}.`,
    parameters: { type: 'object', properties: {} },
    isIdempotent,
    isParallel: false,
    requiresApproval: false,
    returnLimit: 50_000,
    async run({ arguments: given }) {
      appendFileSync(EFFECTS, `${name} ${JSON.stringify(given)}\n`);
      if (TOOL_DIES) process.kill(process.pid, 'SIGKILL');
      return `${name} done`;
    },
  },
];

const config = readConfig();
const app = await startApp(config, createLog(config.logLevel), {
  tools: new Map([tool('charge', false), tool('lookup', true)]),
});
process.stdout.write(`GraphQL ${app.server?.url}\nRole ${config.role}\n`);
process.on('SIGTERM', () => void app[Symbol.asyncDispose]());
