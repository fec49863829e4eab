import type { Client } from 'graphql-ws';

/** What `conversationEvents` and `runEvents` send, as far as resuming needs it. */
interface Edge {
  cursor: string;
}

export interface ResumableSubscription {
  /** Takes `$after: String`, hands it to the field as `after`, and selects `cursor`. */
  query: string;
  variables: Record<string, unknown>;
  /** Ends it. */
  signal?: AbortSignal;
}

/** What no new attempt would mend: a bad request, no access, a protocol error. An expired token (4403) is none of them. */
const FATAL_CLOSE_CODES = new Set([4400, 4401, 4406, 4409, 4429]);
const MAX_DELAY_MS = 5000;

/**
 * Hands over each event once and in order, however often the connection drops: after a drop it subscribes again from the
 * newest cursor. It ends when the server completes the subscription or `signal` aborts, and throws on GraphQL errors, except
 * while the server has no database.
 * Make the client with `retryAttempts: 0`: its own retries would send the first cursor again.
 */
export async function* resumableSubscription<Data extends Record<string, Edge>>(
  client: Client,
  { query, variables, signal }: ResumableSubscription,
): AsyncGenerator<Data[keyof Data], void> {
  let after = variables['after'] as string | null | undefined;
  for (let failures = 0; !signal?.aborted; failures++) {
    const results = client.iterate<Data>({ query, variables: { ...variables, after } });
    const leave = () => void results.return?.();
    signal?.addEventListener('abort', leave);
    try {
      for await (const { data, errors } of results) {
        if (errors) throw errors;
        const [edge] = Object.values(data ?? {}) as Data[keyof Data][];
        if (!edge) continue;
        failures = 0;
        after = edge.cursor;
        yield edge;
      }
      return;
    } catch (problem) {
      if (isFatal(problem)) throw problem;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    await delay(Math.min(100 * 2 ** failures, MAX_DELAY_MS) * (0.5 + Math.random() / 2), signal);
  }
}

/** graphql-ws rejects with GraphQL's errors as an array, and with the socket's close event for the rest. */
function isFatal(problem: unknown): boolean {
  if (Array.isArray(problem)) return problem.some(({ extensions }) => extensions?.code !== 'SERVICE_UNAVAILABLE');
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : undefined;
  return FATAL_CLOSE_CODES.has(Number(code));
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
