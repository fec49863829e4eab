import { readSwitches } from './choice.ts';
import type { Dialect } from './dialect.ts';

/** A switch that a refusal has set; of `omits`, what is added to it. */
export type Lesson = Partial<Dialect>;

/** What refusals have taught of each model, by handle. Nodes share it: see services/lessons. */
export interface Lessons {
  /** The dialect, with what was learned of the model. */
  apply(handle: string, dialect: Dialect): Dialect;
  /** Remembers them, and tells the listener of those that are new. */
  learn(handle: string, lessons: readonly Lesson[]): void;
  /** Makes this all that is known: lessons as JSON, the oldest first. One that is not understood is left out. */
  load(known: readonly StoredLesson[]): void;
  /** There is one. */
  onLearned(listener: (lesson: StoredLesson) => void): void;
}

export interface StoredLesson {
  model: string;
  lesson: string;
}

export function createLessons(): Lessons {
  let known = new Map<string, Map<string, Lesson>>();
  let listen: ((lesson: StoredLesson) => void) | undefined;

  function add(model: string, text: string): boolean {
    const lesson = readSwitches(text);
    const lessons = known.get(model) ?? new Map<string, Lesson>();
    if (!lesson || lessons.has(text)) return false;
    known.set(model, lessons.set(text, lesson));
    return true;
  }

  return {
    apply: (handle, dialect) => taught(dialect, [...(known.get(handle)?.values() ?? [])]),
    learn(model, lessons) {
      for (const lesson of withoutCorrected(lessons).map((one) => JSON.stringify(one)))
        if (add(model, lesson)) listen?.({ model, lesson });
    },
    load(stored) {
      known = new Map();
      for (const { model, lesson } of stored) add(model, lesson);
    },
    onLearned: (listener) => void (listen = listener),
  };
}

/** The dialect with these lessons, the last of which is the newest. */
export function taught(dialect: Dialect, lessons: readonly Lesson[]): Dialect {
  const omits = [...dialect.omits, ...lessons.flatMap((lesson) => lesson.omits ?? [])];
  return lessons.length === 0 ? dialect : (Object.assign({ ...dialect }, ...lessons, { omits }) as Dialect);
}

/** Of several that set one switch, the last one. */
function withoutCorrected(lessons: readonly Lesson[]): Lesson[] {
  return [...new Map(lessons.map((lesson) => [switchOf(lesson), lesson])).values()];
}

/** Those of `omits` add up. */
function switchOf(lesson: Lesson): string {
  return lesson.omits ? JSON.stringify(lesson) : Object.keys(lesson).join();
}
