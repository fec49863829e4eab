import { defineConfig } from 'vitest/config';
import { EMBEDDED_PASS } from './embedded-pass.ts';

const { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl } = process.env;

/** Black-box tests run on PostgreSQL (with Redis) where there is one, and on PGlite: all of them, or `EMBEDDED_PASS` beside it. */
const api = ['test/{api,events}/**/*.test.ts'];
const faults = ['test/durability/**/*.test.ts'];

// Browsers have EventSource; Node.js has it behind a flag.
const shared = { testTimeout: 30_000, hookTimeout: 60_000, execArgv: ['--experimental-eventsource'] };

/** What one kind of database alone can show is named after it: `*.postgres.test.ts`, `*.embedded.test.ts`. */
const onDatabase = (name: string, include: string[], backend: { databaseUrl?: string }, options: object) => ({
  extends: true as const,
  test: {
    ...shared,
    name,
    include,
    exclude: [`**/*.${backend.databaseUrl ? 'embedded' : 'postgres'}.test.ts`],
    provide: { backend, ...(redisUrl && { redisUrl }) },
    ...options,
  },
});

/** These share one server in each process: a test has an organization of its own. */
const together = { isolate: false, maxWorkers: 3, sequence: { groupOrder: 0 } };
/** These start processes of their own and have limits of time: they run one file at a time, when the others are done. */
const afterwards = { isolate: false, maxWorkers: 1, sequence: { groupOrder: 1 } };

const backends: { name: string; backend: { databaseUrl?: string } }[] = [
  { name: 'embedded', backend: {} },
  ...(databaseUrl ? [{ name: 'postgres', backend: { databaseUrl } }] : []),
];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // Vite would take graphql's ES module, and our libraries its CommonJS one: two copies, whose types do not know each other.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    globalSetup: 'test/harness/global-setup.ts',
    projects: [
      {
        extends: true,
        test: { ...shared, name: 'units', include: ['test/**/*.test.ts'], exclude: [...api, ...faults], ...together },
      },
      ...backends.map(({ name, backend }) =>
        onDatabase(name, databaseUrl && !backend.databaseUrl ? EMBEDDED_PASS : api, backend, together),
      ),
      ...backends.map(({ name, backend }) => onDatabase(`faults-${name}`, faults, backend, afterwards)),
    ],
  },
});
