import pg from 'pg';
import { sqlState } from './unavailable.ts';

const TOO_MANY_CONNECTIONS = '53300';
/** How long a server that had no connection left is not asked for another. */
const FULL_MS = 5000;

type Answer = Parameters<pg.Pool['connect']>[0];

/** What was asked for, and is not given back. */
interface Loan {
  since: number;
  /** Missing as long as it is waited for. */
  client?: pg.PoolClient;
  answer: Answer;
}

/**
 * To a server that has no connection left pg's pool fails whoever makes it ask for one more, though those that it has are
 * free again in a moment. Runs that try again together could then fail each other for ever. So it counts as full for a while.
 *
 * It can be closed for as long as the server is silent: whoever uses it, or wants to, then hears of that at once.
 */
export class PatientPool extends pg.Pool {
  readonly #max = this.options.max;
  readonly #loans = new Set<Loan>();
  #isClosed = false;

  constructor(config: pg.PoolConfig) {
    super(config);
    this.on('release', (_error, client) => {
      for (const loan of this.#loans) if (loan.client === client) this.#loans.delete(loan);
    });
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(answer: Answer): void;
  override connect(answer?: Answer): Promise<pg.PoolClient> | void {
    if (!answer)
      return new Promise((resolve, reject) =>
        this.connect((error, client) => (client ? resolve(client) : reject(error ?? new Error('no connection')))),
      );
    if (this.#isClosed) return refuse(answer);
    const loan: Loan = { since: performance.now(), answer };
    this.#loans.add(loan);
    super.connect((error, client, done) => {
      // It came too late: the one who asked knows that there is none.
      if (!this.#loans.has(loan)) return client && done(true);
      if (client) loan.client = client;
      else this.#loans.delete(loan);
      if (sqlState(error) !== TOO_MANY_CONNECTIONS || this.totalCount === 0) return answer(error, client, done);
      this.options.max = this.totalCount;
      setTimeout(() => (this.options.max = this.#max), FULL_MS).unref();
      this.connect(answer);
    });
  }

  /** For how long what has been in use, or waited for, the longest. */
  longestUseMs(): number {
    const [oldest] = this.#loans;
    return oldest ? performance.now() - oldest.since : 0;
  }

  /** Fails everybody, until it is opened again. Returns the server's process ids of the connections that were in use. */
  close(): number[] {
    this.#isClosed = true;
    const loans = [...this.#loans];
    const clients = loans.flatMap(({ client }) => client ?? []);
    this.#loans.clear();
    for (let idle = this.idleCount; idle > 0; idle--) super.connect((_error, client, done) => client && done(true));
    // With a statement under way it does not wait for the server to say goodbye.
    for (const client of clients) void client.end();
    for (const { client, answer } of loans) if (!client) refuse(answer);
    return clients.flatMap((client) => ('processID' in client ? Number(client.processID) : []));
  }

  open(): void {
    this.#isClosed = false;
  }
}

function refuse(answer: Answer) {
  process.nextTick(
    answer,
    new Error('timeout exceeded when trying to connect: the server is silent'),
    undefined,
    () => {},
  );
}
