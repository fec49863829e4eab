import { ModelError, type ModelDelta, type ModelReply } from '../../agent/model.ts';
import { invalidResponseError, truncatedError, type Endpoint } from '../model-errors.ts';
import type { Answer } from '../openai/protocol.ts';
import {
  parseEvent,
  parseFailure,
  textIn,
  toUsage,
  type ReportedUsage,
  type ResponseEvent,
  type WholeResponse,
} from './events.ts';
import { failureOf, judgeEnd } from './judge-end.ts';
import { createOutput } from './output.ts';
import type { AnswerOutline } from './outline.ts';

/**
 * Puts the events of one streamed response together. Throws ModelError for an event that is an error, or of an unknown shape,
 * and for one that makes the answer longer than `limitBytes`.
 */
export function createAnswer(endpoint: Endpoint, limitBytes: number): Answer {
  const output = createOutput(endpoint, limitBytes);
  let finish: ModelReply['finishReason'] | undefined;
  let usage: ReportedUsage | undefined;

  function conclude(response: WholeResponse, status: string): ModelDelta[] {
    if (response.usage) usage = response.usage;
    const deltas = response.output ? output.complete(response.output) : [];
    finish = judgeEnd(response, status, endpoint);
    return deltas;
  }

  function addEvent(event: ResponseEvent): ModelDelta[] {
    const { type, item, response } = event;
    const delta = textIn(event.delta);
    switch (type) {
      case 'response.output_item.added':
        return item ? output.begin(indexOf(event), item) : [];
      case 'response.output_item.done':
        return item ? output.end(indexOf(event), item) : [];
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return output.addText(indexOf(event), 'text', contentOf(event), delta);
      case 'response.output_text.done':
      case 'response.refusal.done':
        return output.endText(indexOf(event), 'text', contentOf(event), textIn(event.text ?? event.refusal));
      case 'response.reasoning_summary_text.delta':
        return output.addText(indexOf(event), 'reasoning', summaryOf(event), delta);
      case 'response.reasoning_summary_text.done':
        return output.endText(indexOf(event), 'reasoning', summaryOf(event), textIn(event.text));
      case 'response.reasoning_text.delta':
        return output.addText(indexOf(event), 'reasoning', contentOf(event), delta);
      case 'response.reasoning_text.done':
        return output.endText(indexOf(event), 'reasoning', contentOf(event), textIn(event.text));
      case 'response.function_call_arguments.delta':
        return output.addArguments(indexOf(event), delta);
      case 'response.function_call_arguments.done':
        return output.endArguments(indexOf(event), textIn(event.arguments));
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return conclude(response ?? {}, type.slice('response.'.length));
      case 'error':
        throw failureOf(event.error ?? event, endpoint);
      case undefined:
        if (event.error) throw failureOf(event.error, endpoint);
        // A whole response, in the place of the events.
        if ((event as WholeResponse).object === 'response') return conclude(event as WholeResponse, 'unknown');
        throw invalidResponseError(endpoint, 'an event without a type');
      default:
        return []; // the progress of what was not asked for
    }
  }

  return {
    add(data) {
      if (finish !== undefined) return []; // nothing behind the end takes it back
      try {
        if (typeof data !== 'string') throw failureOf(parseFailure(data.error), endpoint);
        return addEvent(parseEvent(data, endpoint));
      } catch (error) {
        if (error instanceof ModelError) throw error;
        throw invalidResponseError(endpoint, 'an event of an unknown shape', error);
      }
    },
    hasBegun: () => output.hasBegun() && !output.isReasoning(),
    close() {}, // what ends an answer is an event of it
    brokenOff: () => truncatedError(endpoint),
    isWhole: () => finish !== undefined,
    end: output.flush,
    usage: () => (usage ? toUsage(usage) : null),

    reply() {
      const { text, reasoning } = output.texts();
      const calls = output.calls();
      const isCut = finish === 'LENGTH' || finish === 'CONTENT_FILTER';
      if (!isCut && (output.hasNameless() || calls.some(({ isDone }) => !isDone)))
        throw invalidResponseError(endpoint, 'a tool call without its end');
      const outline = output.outline();
      const isSealed = outline.output.some((part) => 'reasoning' in part);
      return {
        text,
        reasoning,
        toolCalls: calls.map(({ isDone: _not, ...call }) => call),
        finishReason: isCut ? finish! : calls.length > 0 ? 'TOOL_CALLS' : 'STOP',
        usage: toUsage(usage),
        ...(isWorthKeeping(outline) && { reasoningData: outline }),
        ...(isSealed && reasoning === '' && { isReasoningSealed: true }),
      };
    },
  };
}

/** Without it, an answer goes back as one message and its calls. */
function isWorthKeeping({ output }: AnswerOutline): boolean {
  return output.some(
    (part, index) => 'reasoning' in part || ('text' in part && (part.phase !== undefined || index > 0)),
  );
}

function indexOf({ output_index: index }: ResponseEvent): number {
  if (typeof index !== 'number') throw new TypeError('an item without an index');
  return index;
}

const contentOf = ({ content_index: index = 0 }: ResponseEvent) => `content/${index}`;
const summaryOf = ({ summary_index: index = 0 }: ResponseEvent) => `summary/${index}`;
