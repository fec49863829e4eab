import type { Compactable } from '../../agent/compaction/task.ts';
import type { StoredCompactionSettings } from '../../agent/compaction/settings.ts';
import type { Ending } from '../../agent/ending.ts';
import type { RecordedCall } from '../../agent/message.ts';
import type { ModelMessage, ModelSettings } from '../../agent/model.ts';
import { buildPrompt, storedImagesOf } from '../../agent/prompt.ts';
import type { Tools } from '../../agent/tool.ts';
import type { ToolRule } from '../../agent/tool-rules/rule.ts';
import { changeHeldRun, type Hold } from '../../events/change.ts';
import type { Db } from '../../store/database.ts';
import { promptOf, writePrompt } from '../../services/history/compile-prompt.ts';
import { compactionOf } from '../../services/compaction/compaction-settings.ts';
import { toCompactable, type ContextRow } from '../../services/history/context-rows.ts';
import type { Deps } from '../../services/deps.ts';
import { loadImages } from '../../services/images/load-images.ts';
import { contentOf, toRecordedCall } from '../../services/history/message-rows.ts';
import { readHeldRun, type HeldRunRows } from './held-run-rows.ts';
import { reportedUse, type ReportedUse } from './reported-use.ts';
import { requestOf, type RunRequest } from '../../services/runs/run-request.ts';
import { settingsOf, windowOf } from '../../services/runs/run-settings.ts';
import type { RunSetup } from '../../services/runs/run-setup.ts';
import { runnerOf } from './run-tools.ts';
import { declaredTools } from '../../services/tools/declared-tools.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';

/** A run that a worker holds, with what it keeps from its first claim on. */
export interface ClaimedRun extends Hold {
  setup: RunSetup;
}

export interface PreparedRun {
  kind: 'MESSAGE' | 'COMPACTION';
  model: string;
  settings: ModelSettings;
  cacheKey: string;
  request: RunRequest;
  /** The system prompt, then the context. */
  prompt: ModelMessage[];
  system: ModelMessage & { role: 'system' };
  context: Compactable[];
  images: ReadonlyMap<string, string>;
  /** What the provider has said last of this context. */
  reported: ReportedUse | undefined;
  contextWindow: number;
  /** As stored with the agent when the run began. */
  compaction: StoredCompactionSettings;
  setup: RunSetup;
  tools: Tools;
  toolRules: ToolRule[];
  steps: RecordedCall[][];
  /** It has ended but for the room that was to be made first. */
  putOff: Ending | null;
  maxSteps: number;
}

type ReadDeps = Pick<Deps, 'db' | 'sql' | 'log' | 'wakeups' | 'tools' | 'models'>;

/** A held run with its context, as they are now, and with its setup. */
export async function readRun(deps: ReadDeps, hold: ClaimedRun): Promise<PreparedRun> {
  return toPreparedRun(deps, hold, await readHeldRun(deps.sql, hold));
}

export async function toPreparedRun(deps: ReadDeps, hold: ClaimedRun, held: HeldRunRows): Promise<PreparedRun> {
  const { db } = deps;
  const { setup } = hold;
  const { run, steps } = held;
  const { agent, conversation } = setup;
  const request = requestOf(run);
  const [first, ...rows] = held.context;
  const last = steps.at(-1);
  const isAnswered = last?.status === 'SUCCEEDED' && last.stopReason === 'END_TURN';
  const answering = run.kind === 'COMPACTION' ? await findUnanswered(db, run.conversationId) : run.id;
  const context = rows.map((row) => toCompactable(row, isAnswered ? null : answering));
  const images = await loadImages(deps, run.organizationId, storedImagesOf(context));
  const model = run.model!; // its first claim chose it
  const system = await systemMessage(deps, hold, held, first);
  return {
    kind: run.kind,
    model,
    settings: settingsOf({ ...conversation, agent }, request),
    cacheKey: run.conversationId,
    request,
    prompt: [system, ...buildPrompt(context, images)],
    system,
    context,
    images,
    reported: await reportedUse(db, rows, { ...run, model }),
    contextWindow: windowOf(deps.models, model, agent, request),
    compaction: compactionOf(agent),
    setup,
    tools: declaredTools(deps, setup.tools, request.clientTools, runnerOf(deps, hold)),
    toolRules: toolRulesOf(agent),
    steps: steps.map(({ toolCalls }) => toolCalls.map(toRecordedCall)),
    putOff: isAnswered ? { status: 'COMPLETED', stopReason: 'END_TURN' } : null,
    maxSteps: request.maxSteps,
  };
}

/** The run whose turn a requested compaction has taken: it waits for decisions, or has just got the last of them. */
async function findUnanswered(db: Db, conversationId: string): Promise<string | null> {
  const run = await db.run.findFirst({
    where: { conversationId, status: { in: ['QUEUED', 'REQUIRES_ACTION'] }, kind: 'MESSAGE', startedAt: { not: null } },
    select: { id: true },
  });
  return run?.id ?? null;
}

/**
 * The stored prompt follows the agent and its blocks from run to run. Once a step is committed it stays as it is until the
 * run ends or compacts its context, for the sake of the provider's prompt cache. One that was sent with the run stands in
 * for it. A requested compaction reads the stored prompt, which the provider has cached, and renews it when it commits its
 * summary.
 */
async function systemMessage(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: ClaimedRun,
  { run, steps, agentBlocks, isolatedBlocks }: HeldRunRows,
  first: ContextRow | undefined,
): Promise<ModelMessage & { role: 'system' }> {
  const { system } = requestOf(run);
  if (system !== null) return { role: 'system', text: system };
  const stored = first && contentOf(first, 'SYSTEM').text;
  const keepsStored = run.kind === 'COMPACTION' || steps.length > 0;
  if (keepsStored && stored !== undefined) return { role: 'system', text: stored };
  const { agentId, conversationId: id } = run;
  const text = promptOf({ id, agentId, agent: { ...hold.setup.agent, blocks: agentBlocks }, isolatedBlocks });
  if (first && stored !== text)
    await changeHeldRun(deps, hold, async (change) => {
      if (await writePrompt(change, text)) change.append({ type: 'ContextChanged', runId: run.id, data: {} });
    });
  return { role: 'system', text };
}
