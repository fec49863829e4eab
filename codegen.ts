import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { Source, parse, printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';

const sdl = printSchema(schema);
const DOCUMENTS = 'test/graphql/';

/** The public schema file, and the typed documents of the tests. `graphql-codegen --config codegen.ts` reads it, too. */
const config = {
  schema: sdl,
  importExtension: '.ts' as const,
  // `npm ci` runs this before there are any tests, too.
  ignoreNoDocuments: true,
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    [DOCUMENTS]: {
      // Relay's own directives are for its own compiler.
      documents: ['test/**/*.ts', `!${DOCUMENTS}**`, '!test/relay/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', JSON: 'unknown' } },
    },
  },
};

export default config;

// Run by itself it needs neither the command line of graphql-codegen nor its 206 packages.
if (import.meta.main) {
  console.log('Generating the public schema: schema.graphql');
  await write('schema.graphql', sdl);
  console.log(`Generating the typed documents of the tests: ${DOCUMENTS}`);
  await mkdir(DOCUMENTS, { recursive: true });
  for (const output of await documentOutputs()) await write(output.filename, await codegen(output));
}

async function documentOutputs() {
  const { documents, presetConfig, config: options } = config.generates[DOCUMENTS]!;
  const [include = '', ...exclude] = documents ?? [];
  const files = globSync(include, { exclude: exclude.map((pattern) => pattern.slice(1)) }).toSorted();
  return preset.buildGeneratesSection({
    baseOutputDir: DOCUMENTS,
    schema: parse(sdl),
    schemaAst: schema,
    documents: (await Promise.all(files.map(readDocuments))).flat(),
    plugins: [],
    pluginMap: {},
    presetConfig,
    config: { ...options, importExtension: config.importExtension, emitLegacyCommonJSImports: false },
  });
}

/** The documents of a file: each is one call of `graphql` with one template literal. */
async function readDocuments(location: string) {
  const calls = (await readFile(location, 'utf8')).matchAll(/\bgraphql\(\s*`([^`]*)`/g);
  return Array.from(calls, ([, rawSDL = '']) => ({ location, rawSDL, document: parse(new Source(rawSDL, location)) }));
}

/** Writes only what has changed: watchers and compilers start anew for a file that is written. */
async function write(path: string, content: string) {
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== content) await writeFile(path, content);
}
