import type { Backoff } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { JoinedRow } from "../../common/wire/row.ts";
import type { LogsClient, Tail } from "./client.ts";
import { newestRows } from "./newest-rows.ts";
import { RecentIds } from "./recent-ids.ts";

/** Ids that are remembered to find repeats: some tens of seconds of a busy cluster. */
const idsMax = 200_000;
/** Rows of the tail that wait for a slow terminal before the tail is paused, and before it goes on. */
const waitingRowsMax = 5000;
const waitingRowsLow = 1000;
/** A search page; the API allows no more. */
const pageRowsMax = 10_000;
/** Rows that were on their way to the store when the tail opened are asked for again this often, this long. */
const settleEveryMs = 500;
const settleMaxMs = 10_000;
/** After this long without the aggregator the command ends. */
const lostMaxMs = 5 * 60_000;

export interface FollowOptions {
  readonly client: LogsClient;
  readonly query: string;
  readonly since: string;
  readonly limit: number;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly print: (rows: readonly JoinedRow[]) => Promise<void>;
  /** Something the person should know, on standard error. */
  readonly note: (text: string) => void;
}

/**
 * Search joined with live tail, without loss or repeats: the tail is opened first and its rows wait; then the past
 * is searched; rows that were between the two (already sent to tails, not yet in the store) are found by searching
 * again until the answer is complete up to the moment of the join. The same happens after a lost connection and
 * after the server skipped rows. Repeats are dropped by id.
 */
export class Follower {
  readonly #options: FollowOptions;
  readonly #ids = new RecentIds(idsMax);
  #waiting: JoinedRow[] = [];
  #pump: Promise<void> | undefined;
  /** Rows of the tail wait until the search before them is printed. */
  #held = true;
  /** Catch-ups under way; while there are any, a heartbeat does not move `#completeTo`. */
  #catchUps = 0;
  /** Everything before this time is printed: where a catch-up begins. */
  #completeTo: string | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Resolves when the signal aborts; throws when the aggregator stays away or refuses the query. */
  async run(): Promise<void> {
    const { signal, clock, backoff, note } = this.#options;
    let lostMs: number | undefined;
    while (!signal.aborted) {
      try {
        const tail = await this.#open();
        if (lostMs !== undefined) note("connected again");
        lostMs = undefined;
        backoff.reset();
        const reason = await tail.closed;
        if (!signal.aborted) note(`${reason}; connecting again`);
      } catch (error) {
        if (signal.aborted) return;
        const lostTooLong = lostMs !== undefined && clock.monotonicMs() - lostMs > lostMaxMs;
        if (this.#completeTo === undefined || !isUnavailable(error) || lostTooLong) throw error;
      }
      lostMs ??= clock.monotonicMs();
      await clock.sleep(backoff.nextMs(), signal).catch(() => undefined);
    }
  }

  /** Opens the tail, prints what is older, lets the tail's rows through. */
  async #open(): Promise<Tail> {
    const { client, query, signal } = this.#options;
    this.#held = true;
    const tail: Tail = await client.tail(query, {
      rows: (rows) => this.#arrived(rows, () => tail),
      skipped: () => void this.#catchUp().catch(() => tail.close()),
      completeTo: (time) => {
        if (!this.#held && this.#catchUps === 0) this.#completeTo = time;
      },
    });
    const close = (): void => tail.close();
    signal.addEventListener("abort", close);
    void tail.closed.then(() => signal.removeEventListener("abort", close));
    if (signal.aborted) close();
    await this.#past().catch((error: unknown) => {
      close();
      throw error;
    });
    this.#held = false;
    this.#flush(tail);
    return tail;
  }

  /** The first time the newest rows of the range; after a lost connection everything since then. */
  async #past(): Promise<void> {
    if (this.#completeTo !== undefined) return await this.#catchUp();
    const { client, query, since, limit } = this.#options;
    const answer = await newestRows(client, { query, from: since }, limit);
    this.#completeTo = answer.completeTo ?? answer.from;
    await this.#print(answer.rows);
    if (answer.completeTo !== null) void this.#settle(answer.to, 1).catch(() => undefined);
  }

  async #catchUp(): Promise<void> {
    this.#catchUps += 1;
    try {
      const { to, completeTo } = await this.#printSince();
      if (completeTo !== null && completeTo < to) void this.#settle(to, 1).catch(() => undefined);
    } finally {
      this.#catchUps -= 1;
    }
  }

  /** Asks again until the answer is complete up to `joinedAt`, the moment at which the tail took over. */
  async #settle(joinedAt: string, attempt: number): Promise<void> {
    const { clock, signal } = this.#options;
    this.#catchUps += 1;
    try {
      await clock.sleep(settleEveryMs, signal);
      const { completeTo } = await this.#printSince();
      if (completeTo === null || completeTo >= joinedAt || attempt * settleEveryMs > settleMaxMs) return;
    } finally {
      this.#catchUps -= 1;
    }
    await this.#settle(joinedAt, attempt + 1);
  }

  /** Prints every row since `#completeTo` that is not printed yet, oldest first. */
  async #printSince(): Promise<{ readonly to: string; readonly completeTo: string | null }> {
    const { client, query } = this.#options;
    const from = this.#completeTo!;
    let page = await client.search({ query, from, order: "asc", limit: pageRowsMax });
    const { to, completeTo } = page;
    await this.#print(page.rows ?? []);
    while (page.cursor) {
      page = await client.search({ query, from, to, order: "asc", limit: pageRowsMax, cursor: page.cursor });
      await this.#print(page.rows ?? []);
    }
    if (completeTo !== null && completeTo > from) this.#completeTo = completeTo;
    return { to, completeTo };
  }

  #arrived(rows: readonly JoinedRow[], tail: () => Tail): void {
    this.#waiting.push(...rows);
    if (this.#waiting.length > waitingRowsMax) tail().pause();
    if (!this.#held) this.#flush(tail());
  }

  #flush(tail: Tail): void {
    if (this.#waiting.length === 0) return;
    this.#pump ??= (async () => {
      while (this.#waiting.length > 0) {
        const rows = this.#waiting.splice(0, waitingRowsLow);
        await this.#print(rows);
        if (this.#waiting.length < waitingRowsLow) tail.resume();
      }
      this.#pump = undefined;
    })();
  }

  async #print(rows: readonly JoinedRow[]): Promise<void> {
    await this.#options.print(rows.filter((row) => this.#ids.add(row.id)));
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SeamarkError && error.code === "unavailable";
}
