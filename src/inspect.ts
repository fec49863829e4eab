import { readConfig } from './config.ts';
import { loadEnvFile } from './env-file.ts';
import type { ConversationEvent } from './events/event-types.ts';
import { typeOfId } from './ids.ts';
import { createLog } from './log.ts';
import { readStory, type Story } from './services/conversations/read-story.ts';
import { openDatabase } from './store/open-database.ts';
import type { Run, Step, ToolCall } from './store/generated/client.ts';

const LAST_EVENTS = 20;

try {
  process.stdout.write(await inspect(process.argv[2]));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Reads one conversation from the configured database, as of one moment. */
async function inspect(id: string | undefined): Promise<string> {
  if (id === undefined) throw new Error('The id of a conversation is missing: npm run inspect -- <conversation id>');
  if (typeOfId(id) !== 'Conversation') throw new Error(`"${id}" is not the id of a conversation (conv-<UUID>).`);
  loadEnvFile();
  const config = readConfig();
  await using database = await openDatabase(config, createLog(config.logLevel), 'require');
  const story = await database.db.$transaction((tx) => readStory(tx, id, LAST_EVENTS), {
    isolationLevel: 'RepeatableRead',
    timeout: 60_000,
  });
  if (!story) throw new Error(`There is no conversation ${id} in this database.`);
  return print(story);
}

function print({ head, runs, steps, toolCalls, messages, events }: Story): string {
  const inContext = messages.filter((message) => message.inContext).length;
  return [
    `Head of ${head.conversationId}`,
    `  last event ${head.lastEventSeq}, messages ${messages.length} (${inContext} in the context)`,
    `  active run ${head.activeRunId ?? 'none'}, fencing token ${head.activeClaim ?? 'none'}${head.closed ? ', deleted' : ''}`,
    `Runs (${runs.length})`,
    ...runs.flatMap((run) => [
      lineOfRun(run),
      ...steps
        .filter(({ runId }) => runId === run.id)
        .flatMap((step) => [lineOfStep(step), ...toolCalls.filter(({ stepId }) => stepId === step.id).map(lineOfCall)]),
    ]),
    `Events (the last ${events.length} of ${head.lastEventSeq})`,
    ...events.map(lineOfEvent),
    '',
  ].join('\n');
}

function lineOfRun({ id, kind, status, stopReason, claim, attempt, lease, createdAt, ...run }: Run): string {
  const parts = [createdAt.toISOString(), id, kind, status, stopReason, `claim ${claim}`, `attempt ${attempt}`];
  const isHeld = status === 'RUNNING' && lease;
  return `  ${join([...parts, isHeld && `lease until ${lease.toISOString()}`, failureOf(run)])}`;
}

function lineOfStep({ index, status, model, stopReason, totalTokens, ...step }: Step): string {
  const tokens = totalTokens !== null && `${totalTokens} tokens`;
  return `    ${join([`step ${index}`, status, model, stopReason, tokens, failureOf(step)])}`;
}

function lineOfCall({ id, name, status }: ToolCall): string {
  return `      ${join([id, name, status])}`;
}

function lineOfEvent({ seq, createdAt, type, runId, data }: ConversationEvent): string {
  return `  ${join([String(seq), createdAt.toISOString(), type, runId, JSON.stringify(data)])}`;
}

function failureOf({ errorCode, errorMessage }: Pick<Run, 'errorCode' | 'errorMessage'>) {
  return errorCode && `${errorCode}: ${errorMessage ?? ''}`;
}

function join(parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join('  ');
}
