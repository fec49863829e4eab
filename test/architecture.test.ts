import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { EMBEDDED_PASS } from './embedded-pass.ts';

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

/** The folders of services, floor by floor. A folder imports those on lower floors; the files of the root come last. */
const floors = [
  ['agents'],
  ['sending', 'approvals', 'compaction', 'conversations'],
  ['runs'],
  ['history'],
  ['tools', 'blocks'],
  ['images', 'callbacks', 'lessons'],
  ['outbound'],
  ['(root)'],
];

/** A file under 15 lines belongs to its one importer, except where its name is the reason for the file. */
const mayBeSmall = new Set([
  // One mutation, one file.
  'src/services/runs/cancel-run.ts',
  'src/services/tools/delete-tool.ts',
  // What a worker does with a run has a file a verb.
  'src/worker/execution/release-run.ts',
  // Exports nothing: the index imports it for its effect.
  'src/schema/lists/connection.ts',
  // The one error of the schema that is not in a result union.
  'src/schema/lists/bad-user-input.ts',
  // Knows a header, where its importer knows errors.
  'src/llm/retry-after.ts',
]);

const owners: { [what: string]: { pattern: RegExp; where: RegExp } } = {
  'process.env': { pattern: /process\.env/, where: /^src\/config\.ts$/ },
  graphql: {
    pattern: /from '(graphql|graphql-yoga|@pothos\/[^']+)'/,
    where: /^src\/(schema\/|(server(-plugins)?|resumable-streams)\.ts$)/,
  },
  'graphql-ws': { pattern: /from 'graphql-ws/, where: /^src\/(server\.ts$|client\/)/ },
  openai: { pattern: /from 'openai/, where: /^src\/llm\// },
  google: { pattern: /from '@google\/genai/, where: /^src\/llm\/google\// },
  anthropic: { pattern: /from '@anthropic-ai/, where: /^src\/llm\/anthropic\// },
  ioredis: { pattern: /from 'ioredis'/, where: /^src\/events\/redis-wakeups\.ts$/ },
  pg: { pattern: /from '(pg|@electric-sql\/pglite)'/, where: /^src\/store\// },
  'raw SQL': {
    pattern: /\$(queryRaw|executeRaw)|Prisma\.sql/,
    where: /^src\/(store|events|worker|services)\/|^src\/app\.ts$/,
  },
};

const files = globSync('src/**/*.ts', { exclude: ['src/store/generated/**'] });
const sources = files.map((file) => {
  const text = readFileSync(file, 'utf8');
  // Types count, and what is imported for its effect.
  const imported = [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)];
  return { file, text, imports: imported.map(([, target]) => join(dirname(file), target ?? '')) };
});
const importsOf = new Map(sources.map(({ file, imports }) => [file, imports]));

function layerOf(file: string): string {
  const [, first = '', second] = file.split('/');
  const name = first.replace(/\.ts$/, '');
  if (second !== undefined || ['main', 'app', 'server'].includes(name)) return name;
  if (name === 'inspect') return 'main';
  return [
    'listen',
    'request-origin',
    'server-plugins',
    'resumable-streams',
    'home-page',
    'graphiql',
    'sized-socket',
  ].includes(name)
    ? 'server'
    : 'leaves';
}

/** The folder of services that a file is in. */
function roomOf(file: string): string | undefined {
  const [, layer, room, name] = file.split('/');
  if (layer !== 'services') return undefined;
  return name === undefined ? '(root)' : room;
}

const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room));

/** The first circle of files that a walk from `path` meets: a, b, c, a. */
function findCircle(path: string[], done: Set<string>): string[] | undefined {
  const file = path.at(-1) ?? '';
  if (done.has(file)) return undefined;
  if (path.indexOf(file) < path.length - 1) return path.slice(path.indexOf(file));
  for (const next of importsOf.get(file) ?? []) {
    const circle = findCircle([...path, next], done);
    if (circle) return circle;
  }
  done.add(file);
  return undefined;
}

test('imports point downwards', () => {
  const upward = sources.flatMap(({ file, imports }) => {
    const from = layerOf(file);
    return imports
      .filter((target) => {
        const to = layerOf(target);
        if (from === to) return false;
        return layers.indexOf(to) < layers.indexOf(from) || strangers.has(`${from}>${to}`);
      })
      .map((target) => `${file} imports ${target}`);
  });
  expect(upward).toEqual([]);
});

test('the folders of services import downwards', () => {
  const upward = sources.flatMap(({ file, imports }) => {
    const from = roomOf(file);
    return imports
      .filter((target) => {
        const to = roomOf(target);
        return from !== undefined && to !== undefined && from !== to && floorOf(to) <= floorOf(from);
      })
      .map((target) => `${file} imports ${target}`);
  });
  expect(upward).toEqual([]);
});

test('every floor of services has files, and every folder a floor', () => {
  const rooms = new Set(files.flatMap((file) => roomOf(file) ?? []));
  expect([...rooms].toSorted()).toEqual(floors.flat().toSorted());
});

test('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circle = files.map((file) => findCircle([file], done)).find((found) => found !== undefined);
  expect(circle?.join(' > ')).toBeUndefined();
});

test('a small file has two importers', () => {
  const lonely = sources.filter(({ file, text }) => {
    const importers = sources.filter(({ imports }) => imports.includes(file));
    return text.split('\n').length - 1 < 15 && importers.length < 2;
  });
  expect(lonely.map(({ file }) => file).filter((file) => !mayBeSmall.has(file))).toEqual([]);
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

test('each noun of the API has a pass on the embedded database, and each of its files exists', () => {
  for (const pattern of EMBEDDED_PASS) expect(globSync(pattern), pattern).not.toEqual([]);
  const nouns = globSync('test/api/*/*.test.ts').map((file) => dirname(file));
  const passed = EMBEDDED_PASS.flatMap((pattern) => globSync(pattern)).map((file) => dirname(file));
  expect([...new Set(nouns)].filter((noun) => !passed.includes(noun))).toEqual([]);
});
