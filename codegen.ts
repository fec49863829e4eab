import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { Source, parse, printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';

const DOCUMENTS = 'test/graphql/';

console.log('Generating the public schema: schema.graphql');
const sdl = printSchema(schema);
await write('schema.graphql', sdl);

console.log(`Generating the typed documents of the tests: ${DOCUMENTS}`);
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: DOCUMENTS,
  schema: parse(sdl),
  schemaAst: schema,
  documents: (await Promise.all(testFiles().map(readDocuments))).flat(),
  plugins: [],
  pluginMap: {},
  presetConfig: { fragmentMasking: false },
  config: {
    importExtension: '.ts',
    emitLegacyCommonJSImports: false,
    useTypeImports: true,
    enumsAsTypes: true,
    scalars: { DateTime: 'string', JSON: 'unknown' },
  },
});
await mkdir(DOCUMENTS, { recursive: true });
await Promise.all(outputs.map(async (output) => write(output.filename, await codegen(output))));

function testFiles(): string[] {
  // Relay's own directives are for its own compiler.
  return globSync('test/**/*.ts', { exclude: [`${DOCUMENTS}**`, 'test/relay/**'] }).toSorted();
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
