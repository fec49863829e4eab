import { isDeepStrictEqual } from 'node:util';
import { ModelError, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import type { Dialect } from './dialect.ts';
import { leftOutOf } from './left-out.ts';
import { taught, type Lesson, type Lessons } from './lessons.ts';
import { lessonsIn, refusesContent } from './read-refusal.ts';

/** Refusals name one thing at a time. */
const MOST_LESSONS = 8;

interface AdaptedCall<Body> {
  handle: string;
  dialect: Dialect;
  lessons: Lessons;
  request: ModelRequest;
  toBody(request: ModelRequest, dialect: Dialect): Body;
  call(body: Body): Promise<ModelReply>;
  /** Whether any of the answer was reported: then the endpoint took the request, and the call cannot be made anew here. */
  hasBegun(): boolean;
}

/**
 * Makes a call. A refusal that names a parameter or a shape is answered by one more call without it, at once. What has helped
 * is remembered for the model when the call succeeds, and only then: a refusal may quote what a user wrote.
 */
export async function callAdapted<Body extends object>(one: AdaptedCall<Body>): Promise<ModelReply> {
  const { handle, request, toBody, call } = one;
  const known = one.lessons.apply(handle, one.dialect);
  const learned: Lesson[] = [];
  const refused: Body[] = [];
  for (;;) {
    const dialect = taught(known, learned);
    const body = toBody(request, dialect);
    try {
      const reply = await call(body);
      one.lessons.learn(handle, learned);
      const leftOut = leftOutOf(request, dialect, toBody);
      return leftOut.length > 0 ? { ...reply, leftOut } : reply;
    } catch (error) {
      if (!(error instanceof ModelError) || one.hasBegun()) throw error;
      refused.push(body);
      const candidates =
        learned.length < MOST_LESSONS ? lessonsIn(error, body as Record<string, unknown>, dialect) : [];
      const lesson = candidates.find((candidate) => {
        const next = toBody(request, taught(dialect, [candidate]));
        return !refused.some((earlier) => isDeepStrictEqual(earlier, next));
      });
      if (!lesson) {
        error.isContentRefused = refusesContent(error, body as Record<string, unknown>);
        throw error;
      }
      if (lesson.images === false && hasNewImage(request)) {
        one.lessons.learn(handle, [lesson]);
        throw new ImagesRefusedError(handle, error);
      }
      learned.push(lesson);
    }
  }
}

/** Whether there is an image in what is being asked now: without it the answer would be to another question. */
function hasNewImage({ messages }: ModelRequest): boolean {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  return since.some((message) => message.role === 'user' && message.parts?.some((part) => 'imageUrl' in part));
}

/** The next request has a note in the place of the image, so the message can stay. */
class ImagesRefusedError extends ModelError {
  constructor(handle: string, { message, usage, cause }: ModelError) {
    super({
      code: 'LLM_BAD_REQUEST',
      message: `${handle} takes no images; from now on it gets a note in the place of each. ${message}`,
      isRetryable: false,
      retryAfterMs: null,
      cause,
    });
    this.usage = usage;
  }
}
