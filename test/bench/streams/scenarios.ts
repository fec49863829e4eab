import type { Figure, Scenario } from './figures.ts';
import { quantile } from './measure.ts';

const first =
  (share: number): Figure['of'] =>
  ({ first }) =>
    quantile(first, share);
const age =
  (share: number): Figure['of'] =>
  ({ ages }) =>
    quantile(ages, share);
const completion: Figure['of'] = ({ whole, script }) => whole / (script.tokens * script.everyMs);

/** The goals are design goals P1 to P5 and P12: upper bounds beside the recipe in the same rounds. */
export const SCENARIOS: Scenario[] = [
  {
    title: 'One send on an idle server, 3 tokens',
    script: { tokens: 3, everyMs: 0 },
    channels: 1,
    repeats: 25,
    figures: [
      {
        name: 'first token p50, ms',
        digits: 1,
        of: first(0.5),
        goal: { text: '2x recipe + 4 ms', most: (recipe) => 2 * recipe + 4 },
      },
      { name: 'first token p95, ms', digits: 1, of: first(0.95) },
      {
        name: 'send answered p50, ms',
        digits: 1,
        of: ({ answered }) => quantile(answered, 0.5),
        goal: { text: '6 ms', most: () => 6 },
      },
    ],
  },
  {
    title: '100 sends at once, 200 tokens each, one every 10 ms',
    script: { tokens: 200, everyMs: 10 },
    channels: 100,
    figures: [
      { name: 'completion / ideal', digits: 2, of: completion, goal: { text: '1.10', most: () => 1.1 } },
      { name: 'first token p50, ms', digits: 0, of: first(0.5) },
      { name: 'token age p50, ms', digits: 1, of: age(0.5) },
      {
        name: 'token age p99, ms',
        digits: 0,
        of: age(0.99),
        goal: { text: '0.5 of recipe', most: (recipe) => recipe / 2 },
      },
      {
        name: 'CPU s / 1,000 tokens',
        digits: 3,
        of: ({ cpu }) => cpu,
        goal: { text: '0.6 of recipe', most: (recipe) => 0.6 * recipe },
      },
    ],
  },
  {
    title: '100 streams, 50 tokens a second each, for 6 seconds',
    script: { tokens: 300, everyMs: 20 },
    channels: 100,
    figures: [
      { name: 'token age p50, ms', digits: 1, of: age(0.5), goal: { text: '8 ms', most: () => 8 } },
      { name: 'token age p99, ms', digits: 0, of: age(0.99) },
      {
        name: 'CPU s / 1,000 tokens',
        digits: 3,
        of: ({ cpu }) => cpu,
        goal: { text: '0.6 of recipe', most: (recipe) => 0.6 * recipe },
      },
    ],
  },
  {
    title: 'One stream of 2,000 tokens, as fast as it goes',
    script: { tokens: 2000, everyMs: 0 },
    channels: 1,
    figures: [
      {
        name: 'tokens / s',
        digits: 0,
        of: ({ whole, script }) => (1000 * script.tokens) / whole,
        goal: { text: '0.15 of direct', least: (_recipe, direct) => 0.15 * direct },
      },
    ],
  },
  {
    title: 'One stream of 400 tokens, one every 5 ms',
    script: { tokens: 400, everyMs: 5 },
    channels: 1,
    figures: [
      {
        name: 'token age p50, ms',
        digits: 1,
        of: age(0.5),
        goal: { text: 'direct + 3 ms', most: (_recipe, direct) => direct + 3 },
      },
      {
        name: 'token age p99, ms',
        digits: 1,
        of: age(0.99),
        goal: { text: 'direct + 12 ms', most: (_recipe, direct) => direct + 12 },
      },
    ],
  },
];
