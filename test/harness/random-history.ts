import fc from 'fast-check';
import type { ContextMessage, RecordedCall } from '../../src/agent/message.ts';
import type { CompactionStats } from '../../src/compaction-stats.ts';

/** A piece of a context: what a send, a step or a compaction leaves. `mark` is unique, and in each of its texts. */
type Piece = (mark: string, handle: string) => ContextMessage[];

const BROKEN = ['', ' ', 'null', '{"a": "MARK', '"{\\"a\\":\\"MARK\\"}"', '{"a":"MARK"}{"b":1}', '["MARK"]', '"MARK"'];
const NAMES = ['look', 'browser.tabs.open', 'look<|channel|>commentary', 'ein Wort', '', 'x'.repeat(80)];
const stats = {} as CompactionStats;
const message = (one: Pick<ContextMessage, 'kind' | 'content'>, more = {}) =>
  ({ stepId: null, calls: [], ...one, ...more }) as ContextMessage;

const blank = fc.constantFrom('', ' \n');
const said = (mark: string, isBlank: boolean, space: string) => (isBlank ? space : `text ${mark}`);

const user: fc.Arbitrary<Piece> = fc
  .record({
    isImages: fc.boolean(),
    name: fc.constantFrom(undefined, 'Ada Lovelace', ' '),
    images: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ isImages, name, images }) => (mark) => {
    const shown = Array.from({ length: images }, () => ({ image: { url: 'https://example.com/fox.png' } }));
    const parts = isImages && images > 0 ? shown : [{ text: `text ${mark}` }, ...shown];
    return [message({ kind: 'USER', content: { parts, ...(name !== undefined && { name }) } })];
  });

const system: fc.Arbitrary<Piece> = fc.constant((mark) => [
  message({ kind: 'SYSTEM', content: { text: `system ${mark}` } }),
]);

const summary: fc.Arbitrary<Piece> = fc.constant((mark) => [
  message({ kind: 'SUMMARY', content: { summary: `summary ${mark}`, stats, keptFromPosition: null } }),
]);

const answer: fc.Arbitrary<Piece> = fc
  .record({ isBlank: fc.boolean(), space: blank })
  .map(({ isBlank, space }) => (mark) => [
    message({ kind: 'REASONING', content: { text: 'hm', isPartial: false } }, { stepId: mark }),
    message(
      { kind: 'ASSISTANT', content: { text: said(mark, isBlank, space), model: '', isPartial: false } },
      { stepId: mark },
    ),
  ]);

const call = fc.record({
  name: fc.constantFrom(...NAMES),
  written: fc.oneof(fc.constant('{"a":"MARK"}'), fc.constantFrom(...BROKEN)),
  givenId: fc.constantFrom(null, '', 'call_0', 'call_0', 'D681PevKs'),
  isSigned: fc.boolean(),
});

/** `returns`: all, none because the step was cut off, or only the first. */
const step: fc.Arbitrary<Piece> = fc
  .record({
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    text: fc.constantFrom(undefined, ' ', 'MARK'),
    isOwn: fc.boolean(),
    isReasoned: fc.boolean(),
    isAsked: fc.boolean(),
    isCut: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
  })
  .map(({ calls, text, isOwn, isReasoned, isAsked, isCut }) => (mark, handle) => {
    const own = isOwn ? handle : 'other/model';
    const about = {
      stepId: mark,
      origin: own,
      reasoningData: isReasoned ? { reasoning_content: `why ${mark}` } : null,
    };
    const recorded = calls.map(({ name, written, givenId, isSigned }, place): RecordedCall => ({
      id: `toolcall-${mark}-${place}-0123456789012345678901234567890`,
      name,
      argumentsText: written.replace('MARK', `arguments ${mark}-${place}`),
      status: 'SUCCEEDED',
      needsDecision: isAsked,
      wasRun: true,
      result: `result ${mark}-${place}`,
      givenId,
      extra: isSigned ? { extra_content: { google: { thought_signature: `sig ${own}` } } } : null,
    }));
    const shared = { ...about, calls: recorded };
    return [
      ...(text === undefined
        ? []
        : [
            message(
              {
                kind: 'ASSISTANT',
                content: { text: text.replace('MARK', `text ${mark}`), model: '', isPartial: false },
              },
              shared,
            ),
          ]),
      message({ kind: isAsked ? 'APPROVAL_REQUEST' : 'TOOL_CALL', content: {} }, shared),
      ...(isAsked ? [message({ kind: 'APPROVAL_RESPONSE', content: { toolCallIds: [] } }, shared)] : []),
      ...(isCut ? [] : [message({ kind: 'TOOL_RETURN', content: {} }, shared)]),
    ];
  });

/** Whatever rows a conversation may hold behind its system prompt, with calls of the model `handle` and of another. */
export const randomHistory = (handle: string) =>
  fc
    .array(fc.oneof(user, user, answer, step, step, system, summary), { maxLength: 14 })
    .map((pieces) => pieces.flatMap((piece, index) => piece(`m${index}e`, handle)));

/** The texts that a history holds, blank ones aside. */
export function textsOf(context: ContextMessage[]): string[] {
  return [
    ...JSON.stringify(
      context.map(({ kind, content, calls }) => [
        kind,
        content,
        calls.map((one) => [one.argumentsText, kind === 'TOOL_RETURN' && one.result]),
      ]),
    ).matchAll(/(?:text|system|summary|arguments|result) m\d+e(?:-\d)?/g),
  ].map(([text]) => text);
}
