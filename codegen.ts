import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';

/** The public schema file, and the typed documents of the tests. */
const config: CodegenConfig = {
  schema: printSchema(schema),
  importExtension: '.ts',
  // `npm ci` runs this before there are any tests, too.
  ignoreNoDocuments: true,
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    'test/graphql/': {
      // Relay's own directives are for its own compiler.
      documents: ['test/**/*.ts', '!test/graphql/**', '!test/relay/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', JSON: 'unknown' } },
    },
  },
};

export default config;
