import { createClient } from '../harness/client.ts';
import { RUN_EVENTS } from '../harness/documents.ts';
import type { Edge } from '../harness/talk.ts';

/** Follows a run with a new socket for each single event, each from the cursor of the last; ends with the run. */
export async function cutAtEveryEvent(url: string, runId: string, after?: string): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (;;) {
    await using client = createClient(url);
    const edge = await firstEvent(edges.at(-1)?.cursor ?? after);
    if (!edge) return edges;
    edges.push(edge);

    async function firstEvent(from: string | undefined) {
      for await (const { runEvents } of client.subscribe(RUN_EVENTS, { runId, after: from })) return runEvents;
      return undefined;
    }
  }
}
