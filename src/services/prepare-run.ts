import type { Compactable } from '../agent/compaction/compact.ts';
import type { StoredCompactionSettings } from '../agent/compaction/settings.ts';
import { buildPrompt, storedImagesOf } from '../agent/prompt.ts';
import type { RecordedCall } from '../agent/message.ts';
import type { ModelMessage, ModelSettings } from '../agent/model.ts';
import type { Tools } from '../agent/tool.ts';
import type { ToolRule } from '../agent/tool-rule.ts';
import { changeHeldRun, type Change, type Hold } from '../events/change.ts';
import type { Prisma } from '../store/generated/client.ts';
import { promptOf, promptSource } from './compile-prompt.ts';
import { compactionOf } from './compaction-settings.ts';
import { contextRows, reportedUse, toCompactable, type ReportedUse } from './context-rows.ts';
import type { Deps } from './deps.ts';
import { loadImages } from './load-images.ts';
import { contentOf, toRecordedCall } from './message-rows.ts';
import { restartStep } from './restart-step.ts';
import { requestOf, type RunRequest } from './run-request.ts';
import { settingsOf, windowOf } from './run-settings.ts';
import { attachedTools, toolsOf } from './run-tools.ts';
import { toolRulesOf } from './tool-rule-input.ts';

export interface PreparedRun {
  kind: 'MESSAGE' | 'COMPACTION';
  model: string;
  settings: ModelSettings;
  request: RunRequest;
  /** The system prompt, then the context. */
  prompt: ModelMessage[];
  system: ModelMessage & { role: 'system' };
  context: Compactable[];
  images: ReadonlyMap<string, string>;
  /** What the provider has said last of this context. */
  reported: ReportedUse | undefined;
  contextWindow: number;
  /** As stored with the agent. */
  compaction: StoredCompactionSettings;
  tools: Tools;
  toolRules: ToolRule[];
  steps: RecordedCall[][];
  maxSteps: number;
}

const everything = {
  messages: { where: { position: null }, select: { id: true } },
  steps: { include: { toolCalls: { orderBy: { index: 'asc' } } }, orderBy: { index: 'asc' } },
  conversation: {
    include: {
      ...promptSource,
      head: true,
      agent: { include: { ...promptSource.agent.include, tools: attachedTools } },
    },
  },
} satisfies Prisma.RunInclude;

type LoadedRun = Prisma.RunGetPayload<{ include: typeof everything }>;

/**
 * The first thing a worker does with a run that it claimed: what a lost worker left unfinished is announced as
 * restarted, messages that waited with the run enter the history, and the context is read. Doing it twice does no harm.
 */
export async function prepareRun(
  deps: Pick<Deps, 'db' | 'wakeups' | 'tools' | 'models'>,
  hold: Hold,
): Promise<PreparedRun> {
  const { db } = deps;
  const run = await db.run.findUniqueOrThrow({ where: { id: hold.runId }, include: everything });
  // Nobody but the holder of the claim changes either, so they may be read without the lock.
  const isUnfinished = run.conversation.head?.openSeq != null;
  if (isUnfinished || run.messages.length > 0) {
    await changeHeldRun(deps, hold, async (change) => {
      await restartStep(change, hold.runId, 'The worker of this run was lost.');
      await placeMessages(change, run.id);
    });
  }
  const request = requestOf(run);
  const [first, ...rows] = await db.message.findMany({
    where: { conversationId: run.conversationId, inContext: true },
    ...contextRows,
  });
  const context = rows.map((row) => toCompactable(row, run.id));
  const images = await loadImages(deps, run.organizationId, storedImagesOf(context));
  const { agent } = run.conversation;
  const system = await systemMessage(deps, hold, run, first);
  return {
    kind: run.kind,
    model: run.model ?? agent.model,
    settings: settingsOf(run.conversation, request),
    request,
    prompt: [system, ...buildPrompt(context, images)],
    system,
    context,
    images,
    reported: reportedUse(rows),
    contextWindow: windowOf(deps.models, run.conversation, request),
    compaction: compactionOf(agent),
    tools: toolsOf(deps, hold, agent.tools, request),
    toolRules: toolRulesOf(agent),
    steps: run.steps.map(({ toolCalls }) => toolCalls.map(toRecordedCall)),
    maxSteps: request.maxSteps,
  };
}

async function placeMessages({ tx, head, append }: Change, runId: string) {
  const waiting = await tx.message.findMany({ where: { runId, position: null }, orderBy: { id: 'asc' } });
  for (const { id } of waiting) {
    const place = { position: ++head.lastPosition, contextRank: ++head.lastContextRank, inContext: true };
    await tx.message.update({ where: { id }, data: place });
    append({ type: 'MessageAdded', runId, data: { messageId: id } });
  }
}

/**
 * The stored prompt follows the agent and its blocks from run to run; one with instructions that were sent with the run is
 * for that run alone. Either stays as it is while the run lasts, for the sake of the provider's prompt cache.
 */
async function systemMessage(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  hold: Hold,
  { conversation, ...run }: LoadedRun,
  first: { id: string; content: Prisma.JsonValue } | undefined,
): Promise<ModelMessage & { role: 'system' }> {
  const { system: override } = requestOf(run);
  const stored = first && { id: first.id, text: contentOf(first, 'SYSTEM').text };
  const kept = override === null ? stored?.text : run.systemPrompt;
  if (run.steps.length > 0 && kept != null) return { role: 'system', text: kept };
  const text = promptOf(conversation, override ?? undefined);
  if (override !== null) {
    await changeHeldRun(deps, hold, ({ tx }) => tx.run.update({ where: { id: run.id }, data: { systemPrompt: text } }));
  } else if (stored && stored.text !== text) {
    await changeHeldRun(deps, hold, ({ tx }) =>
      tx.message.update({ where: { id: stored.id }, data: { content: { text } } }),
    );
  }
  return { role: 'system', text };
}
