import { defineConfig } from 'vitest/config';

const { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl } = process.env;

/** Black-box tests run once on each database: PGlite always, PostgreSQL (with Redis) where there is one. */
const everywhere = ['test/{api,durability,events}/**/*.test.ts'];

const shared = { testTimeout: 30_000, hookTimeout: 60_000 };

/** What one kind of database alone can show is named after it: `*.postgres.test.ts`, `*.embedded.test.ts`. */
const project = (name: string, backend: { databaseUrl?: string }, other: string) => ({
  extends: true as const,
  test: {
    ...shared,
    name,
    include: everywhere,
    exclude: [`**/*.${other}.test.ts`],
    provide: { backend, ...(redisUrl && { redisUrl }) },
  },
});

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // Vite would take graphql's ES module, and our libraries its CommonJS one: two copies, whose types do not know each other.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    globalSetup: 'test/harness/global-setup.ts',
    projects: [
      { extends: true, test: { ...shared, name: 'units', include: ['test/**/*.test.ts'], exclude: everywhere } },
      project('embedded', {}, 'postgres'),
      ...(databaseUrl ? [project('postgres', { databaseUrl }, 'embedded')] : []),
    ],
  },
});
