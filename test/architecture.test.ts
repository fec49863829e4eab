import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** A file imports its own layer and those after it. */
const layers = [
  'main',
  'app',
  'server',
  'schema',
  'worker',
  'services',
  'llm',
  'agent',
  'events',
  'store',
  'leaves',
  'client',
];

/** Neighbours that must not know each other, though their order would allow it. */
const strangers = new Set([
  'schema>worker',
  'llm>events',
  'llm>store',
  'agent>events',
  'agent>store',
  ...layers.map((layer) => `${layer}>client`),
]);

const owners: { [what: string]: { pattern: RegExp; where: RegExp } } = {
  'process.env': { pattern: /process\.env/, where: /^src\/config\.ts$/ },
  graphql: { pattern: /from '(graphql|graphql-yoga|@pothos\/[^']+)'/, where: /^src\/(schema\/|server\.ts$)/ },
  'graphql-ws': { pattern: /from 'graphql-ws/, where: /^src\/(server\.ts$|client\/)/ },
  openai: { pattern: /from 'openai/, where: /^src\/llm\// },
  ioredis: { pattern: /from 'ioredis'/, where: /^src\/events\/redis-wakeups\.ts$/ },
  pg: { pattern: /from '(pg|@electric-sql\/pglite)'/, where: /^src\/store\// },
  'raw SQL': {
    pattern: /\$(queryRaw|executeRaw)|Prisma\.sql/,
    where: /^src\/(store|events|worker|services)\/|^src\/app\.ts$/,
  },
};

const files = globSync('src/**/*.ts', { exclude: ['src/store/generated/**'] });
const sources = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));

function layerOf(file: string): string {
  const [, first = '', second] = file.split('/');
  const name = first.replace(/\.ts$/, '');
  if (second !== undefined || ['main', 'app', 'server'].includes(name)) return name;
  return ['listen', 'request-origin'].includes(name) ? 'server' : 'leaves';
}

test('imports point downwards', () => {
  const upward = sources.flatMap(({ file, text }) => {
    const from = layerOf(file);
    return [...text.matchAll(/from '(\.[^']+)'/g)]
      .map(([, target]) => layerOf(join(dirname(file), target ?? '')))
      .filter((to) => from !== to && (layers.indexOf(to) < layers.indexOf(from) || strangers.has(`${from}>${to}`)))
      .map((to) => `${file} imports ${to}`);
  });
  expect(upward).toEqual([]);
});

test('every layer has files, and every file has a layer', () => {
  expect(new Set(files.map(layerOf))).toEqual(new Set(layers));
});

test.each(Object.entries(owners))('%s is used where it belongs', (_name, { pattern, where }) => {
  const users = sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
  expect(users.filter((file) => !where.test(file))).toEqual([]);
  expect(users).not.toEqual([]);
});

test('files stay small', () => {
  const sizes = sources
    .map(({ file, text }) => ({ file, lines: text.split('\n').length }))
    .toSorted((a, b) => a.lines - b.lines);
  expect(sizes.filter(({ lines }) => lines > 200)).toEqual([]);
  expect(sizes[Math.floor(sizes.length * 0.9)]?.lines).toBeLessThanOrEqual(120);
});
