import { builder } from '../builder.ts';
import { Run } from '../runs/run.ts';
import { RunStatus } from '../runs/run-status.ts';
import { StopReason } from '../runs/stop-reason.ts';
import { ToolCall } from '../runs/tool-call.ts';
import { Usage } from '../usage.ts';
import type { Delivery } from './delivery.ts';

export const RunQueued = builder.objectRef<Delivery<'RunQueued'>>('RunQueued').implement({
  description:
    'A message was sent, or a compaction asked for. What it brings follows as MessageAdded: at once, or when the run starts if it has to wait for another.',
  fields: (t) => ({ run: t.expose('run', { type: Run, description: 'The run, as it is now.' }) }),
});

export const RunStarted = builder.objectRef<Delivery<'RunStarted'>>('RunStarted').implement({
  description:
    'A worker took it up. attempt > 1: a worker was lost. What it left unfinished is named by a StepRestarted.',
  fields: (t) => ({
    run: t.expose('run', { type: Run, description: 'The run, as it is now.' }),
    attempt: t.int({ description: 'The attempt that began here.', resolve: ({ data }) => data.attempt }),
  }),
});

export const RunRequiresAction = builder.objectRef<Delivery<'RunRequiresAction'>>('RunRequiresAction').implement({
  description:
    'It waits for decisions on its tool calls, or for results from the client, and holds no worker meanwhile.',
  fields: (t) => ({
    run: t.expose('run', { type: Run, description: 'The run, as it is now.' }),
    toolCalls: t.expose('toolCalls', {
      type: [ToolCall],
      description: 'What it waited for when it began to wait, as they are now: see their status.',
    }),
  }),
});

export const RunResumed = builder.objectRef<Delivery<'RunResumed'>>('RunResumed').implement({
  description:
    'A worker goes on with it: every call was decided, or another worker handed it over. The same attempt goes on.',
  fields: (t) => ({ run: t.expose('run', { type: Run, description: 'The run, as it is now.' }) }),
});

export const RunFinished = builder.objectRef<Delivery<'RunFinished'>>('RunFinished').implement({
  description: "Always the run's last event. Drop what you have of messages that were not added.",
  fields: (t) => ({
    run: t.expose('run', { type: Run, description: 'The run, as it is now: ended.' }),
    status: t.field({
      type: RunStatus,
      description: 'How it ended: COMPLETED, FAILED or CANCELLED.',
      resolve: ({ data }) => data.status,
    }),
    stopReason: t.field({ type: StopReason, description: 'Why it ended.', resolve: ({ data }) => data.stopReason }),
    usage: t.field({ type: Usage, description: 'Of the whole run.', resolve: ({ data }) => data.usage }),
  }),
});
