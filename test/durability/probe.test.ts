import { expect, test } from 'vitest';
import { isDelta } from '../../src/events/event-types.ts';
import { CANCEL } from '../harness/documents.ts';
import { seqOf, type Transcript } from '../harness/check-transcript.ts';
import { findViolations } from '../harness/probe.ts';
import { checkQuiet } from '../harness/check-queue.ts';
import { type OwnServer, startOwnServer } from '../harness/server.ts';
import { isOf, readStories, type Story } from '../harness/story.ts';
import { eventsUntil, firstConversation, runEvents, send } from '../harness/talk.ts';
import { takeAway } from './mid-answer.ts';

interface Told {
  story: Story;
  transcript: Transcript;
}

/** A history with some of everything: reasoning, a tool call, a lost worker, a cancel, runs that wait, one still running. */
async function goodHistory(server: OwnServer): Promise<Told> {
  const conversationId = await firstConversation(server);
  server.model.answers({ reasoning: 'Let me see. ' }, 'One ', 'two', { toolCall: { name: 'unknown', arguments: {} } });
  server.model.answers('three ', 'four');
  const first = await send(server, { conversationId, text: 'Count', wait: true });
  server.model.holdCalls();

  const second = await send(server, { conversationId, text: 'Go on' });
  await sayAndSee(server, 'five ', 'and ', 'six ');
  const third = await send(server, { conversationId, text: 'And on', onBusy: 'ENQUEUE' });
  const never = await send(server, { conversationId, text: 'Never mind', onBusy: 'ENQUEUE' });
  await server.execute(CANCEL, { runId: never.id });
  await server.execute(CANCEL, { runId: second.id });

  await sayAndSee(server, 'lost ', 'words');
  await takeAway(server.deps, third.id);
  const call = await server.model.nextCall();
  call.says('six');
  call.stops();
  await runEvents(server, third.id);
  await send(server, { conversationId, text: 'More' });
  await sayAndSee(server, 'seven');
  await send(server, { conversationId, text: 'Still more', onBusy: 'ENQUEUE' });

  const edges = await runEvents(server, first.id);
  const [story] = await readStories(server.deps.db);
  if (!story) throw new Error('there is no conversation');
  // A server that stops would wait for the run.
  for (const { id } of story.runs) await server.execute(CANCEL, { runId: id });
  return { story, transcript: { conversationId, after: 0, runId: first.id, isComplete: true, edges } };

  async function sayAndSee({ model }: OwnServer, ...texts: string[]) {
    const call = await model.nextCall();
    for (const text of texts) {
      const seen = eventsUntil(
        server,
        { conversationId },
        ({ node }) => node.__typename === 'AssistantTextDelta' && node.delta === text,
      );
      call.says(text);
      await seen;
    }
  }
}

/** Ways to spoil it, and what has to be said of each. */
const spoils: [string, RegExp, (told: Told) => void][] = [
  ['a lost event', /I1/, ({ story }) => void story.events.splice(5, 1)],
  ['a doubled event', /I1/, ({ story }) => void story.events.splice(5, 0, story.events[5]!)],
  ['a head that is behind', /I1/, ({ story }) => void story.head.lastEventSeq--],
  ['two events that changed places', /I4: the offsets/, ({ story }) => swap(story, 'five ', 'and ')],
  ['a second RunFinished', /I2.*2 RunFinished/, ({ story }) => repeat(story, 'RunFinished')],
  ['a delta after the end', /I3.*after its RunFinished/, ({ story }) => repeat(story, 'AssistantTextDelta')],
  [
    'an event of a run that has no turn',
    /I5.*while/,
    ({ story }) => void (story.events.at(-2)!.runId = story.runs[0]!.id),
  ],
  ['another status in the row', /I2.*event says/, ({ story }) => void (story.runs[1]!.status = 'FAILED')],
  ['another end in the row', /I2.*lastEventSeq/, ({ story }) => void story.runs[0]!.lastEventSeq!--],
  ['a lease that outlives its run', /I2.*its row has not/, ({ story }) => void (story.runs[0]!.lease = new Date())],
  ['an attempt that was not announced', /I3.*at attempt 3/, ({ story }) => void story.runs[2]!.attempt++],
  ['a changed text', /I4.*other text/, ({ story }) => changeText(story)],
  [
    'a call with other arguments',
    /I4.*other arguments/,
    ({ story }) => void (story.toolCalls[0]!.argumentsText = '[]'),
  ],
  ['a call of another tool', /I4.*calls other/, ({ story }) => void (story.toolCalls[0]!.name = 'other')],
  ['a call that nobody committed', /I4.*no such call/, ({ story }) => void story.toolCalls.pop()],
  [
    'a call in a message that its deltas did not name',
    /I4.*name another message/,
    ({ story }) => void (story.toolCalls[0]!.needsDecision = true),
  ],
  ['a lost piece of a call', /I4.*other arguments/, ({ story }) => lose(story, isOf('ToolCallDelta'))],
  ['a lost delta', /I4.*(holes|other text)/, ({ story }) => lose(story, isDelta)],
  ['a restart that nobody was told of', /I4.*not taken back/, ({ story }) => lose(story, isOf('StepRestarted'))],
  ['a message that nobody was told of', /I4.*MessageAdded/, ({ story }) => lose(story, isOf('MessageAdded'))],
  ['a text that has no place to resume from', /I4: openSeq/, ({ story }) => void (story.head.openSeq = null)],
  ['a doubled position', /I5: the positions/, ({ story }) => void story.messages[3]!.position!--],
  [
    'a doubled context rank',
    /I5: the context ranks/,
    ({ story }) => void story.messages.findLast(({ inContext }) => inContext)!.contextRank!--,
  ],
  [
    'a call without return',
    /I8/,
    ({ story }) =>
      void story.messages.splice(
        story.messages.findIndex(({ kind }) => kind === 'TOOL_RETURN'),
        1,
      ),
  ],
  ['a lost step', /I4.*stepCount/, ({ story }) => void story.steps.pop()],
  ['two started runs', /I5.*is RUNNING and has started/, ({ story }) => void (story.runs.at(-1)!.status = 'RUNNING')],
  ['a queue that nobody serves', /I5: the head says/, ({ story }) => void (story.head.activeRunId = null)],
  ['a fence of another claim', /I3: the head has claim/, ({ story }) => void story.head.activeClaim!++],
  [
    'a run that is ready before its turn',
    /I5.*ready since/,
    ({ story }) => void (story.runs.at(-1)!.readyAt = new Date()),
  ],
  ['an event that a subscriber missed', /I10/, ({ transcript }) => void transcript.edges.splice(3, 1)],
  [
    'an event that a subscriber got twice',
    /I10/,
    ({ transcript }) => void transcript.edges.splice(3, 0, transcript.edges[3]!),
  ],
  ['a subscription that ended early', /I10.*ended/, ({ transcript }) => void transcript.edges.pop()],
  ['a subscriber that was told other text', /I10/, ({ transcript }) => retell(transcript)],
];

test('finds each way in which a history can be wrong, and nothing in one that is right', async () => {
  await using server = await startOwnServer();
  const good = await goodHistory(server);
  expect(findViolations([good.story], [good.transcript])).toEqual([]);
  expect([...checkQuiet(good.story)]).toEqual([
    expect.stringMatching('stuck.*RUNNING'),
    expect.stringMatching('stuck.*QUEUED'),
  ]);
  expect(good.transcript.edges.map(seqOf)).toEqual(good.transcript.edges.map((_, index) => index + 2));
  for (const [name, expected, spoil] of spoils) {
    const bad = structuredClone(good);
    spoil(bad);
    expect(findViolations([bad.story], [bad.transcript]).join('\n'), name).toMatch(expected);
  }
});

type Events = Story['events'];

function swap({ events }: Story, ...texts: [string, string]) {
  const [one, other] = texts.map((text) => events.filter(isDelta).find(({ data }) => data.delta === text)!);
  [one!.data, other!.data] = [other!.data, one!.data];
}

/** Says something of the first run again, long after it has ended. */
function repeat({ head, events }: Story, type: string) {
  const event = events.find((event) => event.type === type)!;
  events.push({ ...event, seq: ++head.lastEventSeq });
}

function lose({ head, events }: Story, isMeant: (event: Events[number]) => boolean) {
  events.splice(events.findIndex(isMeant), 1);
  events.forEach((event, index) => (event.seq = index + 1));
  head.lastEventSeq = events.length;
}

function changeText({ messages }: Story) {
  messages.find(({ kind }) => kind === 'ASSISTANT')!.content = { text: 'Something else' };
}

function retell({ edges }: Transcript) {
  const delta = edges.find(({ node }) => node.__typename === 'AssistantTextDelta')!;
  if (delta.node.__typename === 'AssistantTextDelta') delta.node.delta += '!';
}
