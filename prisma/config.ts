import { defineConfig } from 'prisma/config';

// `generate` only parses the schema, but the CLI would download an engine for it. Any existing file stops the download.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
});
