import type { ModelRequest } from '../model.ts';
import { buildPrompt } from '../prompt.ts';
import { truncate } from '../truncate.ts';
import { NoSummaryError, type Asker } from './ask-summary.ts';
import type { Compacted, CompactionTask } from './task.ts';
import { divideAt, findCutoff } from './cutoff.ts';
import { presentSummary } from './present-summary.ts';
import type { CompactionMode } from '../../compaction-stats.ts';
import { defaultPrompt } from './settings.ts';
import { summarise } from './summarise.ts';
import type { Unit } from './units.ts';

/** What every way to compact a context is given. */
export interface Attempt {
  task: CompactionTask;
  units: Unit[];
  asker: Asker;
  signal: AbortSignal;
}

/** Compacts in this mode alone. Rejects with ModelError or NoSummaryError where another may do. */
export async function attempt(mode: CompactionMode, given: Attempt): Promise<Compacted> {
  const { task, units, asker } = given;
  const { leaving, staying } = divideAt(units, cutoffOf(mode, given));
  const whole = await askForSummary(mode, given, leaving);
  const { clipChars } = task.settings;
  const summary = clipChars === null ? whole : truncate(whole, clipChars);
  const evicted = leaving.flatMap(({ messages }) => messages.map(({ id }) => id));
  const contextTokensBefore = countContext(task, units);
  const contextTokensAfter = countContext(task, staying, summary);
  const messagesBefore = task.context.length + 1;
  const messagesAfter = messagesBefore - evicted.length + 1;
  const hasFewer = task.trigger === 'REQUESTED' && messagesAfter < messagesBefore;
  if (!hasFewer && contextTokensAfter >= contextTokensBefore) {
    const before = `${messagesBefore} messages (${contextTokensBefore} tokens)`;
    const after = `${messagesAfter} (${contextTokensAfter} tokens)`;
    throw new NoSummaryError(`A summary would not make it smaller: ${before} would become ${after}.`, messagesAfter);
  }
  const { handle: model } = asksAgent(mode) ? task.agent.model : task.summariser;
  return { summary, evicted, modeUsed: mode, model, usage: asker.usage(), contextTokensBefore, contextTokensAfter };
}

async function askForSummary(mode: CompactionMode, { task, units, asker, signal }: Attempt, leaving: Unit[]) {
  const { settings, agent } = task;
  // Another mode's default would say what is not so in this one; what somebody chose holds in each.
  const prompt = settings.prompt === defaultPrompt(settings.mode) ? defaultPrompt(mode) : settings.prompt;
  if (!asksAgent(mode)) return summarise(task, { units: leaving, prompt }, asker, signal);
  const end = units.indexOf(leaving.at(-1)!) + 1;
  return asker.ask(agent.model, ownCall(task, units.slice(0, end), prompt));
}

function asksAgent(mode: CompactionMode): boolean {
  return mode === 'SELF_COMPACT_ALL' || mode === 'SELF_COMPACT_SLIDING_WINDOW';
}

/** The agent's last call as far as these go, byte for byte, and the task after it: the provider has that much in its cache. */
function ownCall({ system, images, agent }: CompactionTask, units: Unit[], prompt: string): ModelRequest {
  const context = units.flatMap(({ messages }) => messages);
  const messages = [system, ...buildPrompt(context, images), { role: 'user' as const, text: prompt }];
  // A summary is no answer in the form that answers are to have.
  const { tools, settings, cacheKey } = agent;
  return { messages, tools, settings: { ...settings, responseFormat: null }, cacheKey };
}

/** The place of the unit before which everything leaves that may. */
function cutoffOf(mode: CompactionMode, { task, units }: Attempt): number {
  if (mode === 'ALL' || mode === 'SELF_COMPACT_ALL') return units.length;
  const { slidingWindowPercentage } = task.settings;
  const systemTokens = task.counter.message(task.system);
  // A summary in the place of one message leaves as many as before.
  const leastLeaving = task.trigger === 'REQUESTED' ? 2 : 1;
  const cutoff = findCutoff(units, { ...task, slidingWindowPercentage, systemTokens, leastLeaving });
  if (cutoff === undefined) throw new NoSummaryError('No part of the messages is small enough to stay.');
  return cutoff;
}

function countContext({ counter, correction, system, agent }: CompactionTask, units: Unit[], summary?: string): number {
  const around = counter.message(system) + counter.tools(agent.tools);
  const shown = summary === undefined ? 0 : counter.message({ role: 'user', text: presentSummary(summary) });
  return Math.ceil(units.reduce((sum, { tokens }) => sum + tokens, around + shown) * correction);
}
