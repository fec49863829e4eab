import type { Lessons, StoredLesson } from '../../llm/dialects/lessons.ts';
import { createLoop } from '../../loop.ts';
import { Prisma } from '../../store/generated/client.ts';
import type { Deps } from '../deps.ts';

const EVERY_MS = 30_000;

/** Then a model is asked again: endpoints are upgraded. */
const REMEMBERED_FOR = Prisma.sql`interval '7 days'`;

/** Stores what this process learns of its models, and reads what others have learned, until it is disposed. */
export function shareLessons({ sql, log }: Pick<Deps, 'sql' | 'log'>, lessons: Lessons): AsyncDisposable {
  let unsaved: StoredLesson[] = [];
  const sharing = createLoop({
    everyMs: EVERY_MS,
    async work() {
      const saving = unsaved;
      if (saving.length > 0) await save(saving);
      // What was learned while it was being saved is saved in the next round.
      unsaved = unsaved.slice(saving.length);
      lessons.load([...(await read()), ...unsaved]);
    },
    onError: (error) => log.warn({ err: error }, 'sharing what models take failed; trying again'),
  });
  lessons.onLearned((lesson) => {
    log.warn({ ...lesson }, 'a model refuses a part of requests; it is left out, or put otherwise, from now on');
    unsaved = [...unsaved, lesson];
    sharing.wake();
  });
  return sharing;

  async function save(learned: StoredLesson[]): Promise<void> {
    await sql(Prisma.sql`
      INSERT INTO "ModelLesson" (model, lesson)
      SELECT DISTINCT model, lesson
      FROM jsonb_to_recordset(${JSON.stringify(learned)}::jsonb) AS item(model text, lesson text)
      ON CONFLICT (model, lesson) DO UPDATE SET "learnedAt" = clock_timestamp()`);
  }

  function read(): Promise<StoredLesson[]> {
    return sql<StoredLesson>(Prisma.sql`
      WITH forgotten AS (
        DELETE FROM "ModelLesson" WHERE "learnedAt" < clock_timestamp() - ${REMEMBERED_FOR})
      SELECT model, lesson
      FROM "ModelLesson"
      WHERE "learnedAt" >= clock_timestamp() - ${REMEMBERED_FOR}
      ORDER BY "learnedAt", lesson`);
  }
}
