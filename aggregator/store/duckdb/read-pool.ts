import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../../common/base/errors.ts";
import type { ReadOptions } from "../log-store.ts";
import { query, type SqlRow } from "./engine.ts";

/** Reads that wait for a connection; more than a page of a busy dashboard asks for, less than piles up. */
const waitingMax = 64;
/** An interrupt that comes before the statement has begun is lost, so it is repeated. */
const interruptEveryMs = 10;

/** The deadline has passed: the answer is what was found so far. */
export class DeadlinePassed extends Error {}

/**
 * The connections that reads share. A statement occupies one of Node's four worker threads while it runs, so there
 * are fewer connections than threads: loading and files must go on.
 */
export class ReadPool {
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  readonly #clock: Clock;
  readonly #size: number;
  readonly #reads = new Set<Read>();
  #closed = false;

  constructor(connections: readonly DuckDBConnection[], clock: Clock) {
    this.#idle = [...connections];
    this.#size = connections.length;
    this.#clock = clock;
  }

  /** Reads under way. */
  get busy(): number {
    return this.#size - this.#idle.length;
  }

  /** Runs one read on a connection of its own; waiting for one counts towards the deadline. */
  async read<T>(options: ReadOptions, work: (read: Read) => Promise<T>): Promise<T> {
    if (this.#closed) throw new SeamarkError("unavailable", "the store is closing");
    const read = new Read(options, this.#clock);
    this.#reads.add(read);
    let connection: DuckDBConnection | undefined;
    try {
      connection = await this.#take(read);
      read.use(connection);
      return await work(read);
    } finally {
      this.#reads.delete(read);
      read.end();
      if (connection) this.#give(connection);
    }
  }

  /** Ends the reads under way as if their deadline had passed; resolves when there is none. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const read of this.#reads) read.stop("deadline");
    while (this.#idle.length < this.#size) await this.#clock.sleep(5);
  }

  async #take(read: Read): Promise<DuckDBConnection | undefined> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#waiting.length >= waitingMax)
      throw new SeamarkError("unavailable", `${waitingMax} reads wait for the store already`, {
        hint: "ask again in a moment, or for a shorter time range",
      });
    return new Promise((resolve) => {
      const take = (connection: DuckDBConnection) => {
        forget();
        resolve(connection);
      };
      const forget = read.onStop(() => {
        const at = this.#waiting.indexOf(take);
        if (at >= 0) this.#waiting.splice(at, 1);
        if (at >= 0) resolve(undefined);
      });
      this.#waiting.push(take);
    });
  }

  #give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#idle.push(connection);
  }
}

/** One read under way: its statements stop at the deadline or when the caller cancels. */
export class Read {
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #stops = new Set<() => void>();
  #connection: DuckDBConnection | undefined;
  #stopped: "deadline" | "cancelled" | undefined;

  constructor(options: ReadOptions, clock: Clock) {
    this.#clock = clock;
    const cancel = () => this.stop("cancelled");
    if (options.deadlineMs <= 0) this.#stopped = "deadline";
    if (options.signal?.aborted) this.#stopped = "cancelled";
    options.signal?.addEventListener("abort", cancel, { signal: this.#ended.signal });
    clock.sleep(options.deadlineMs, this.#ended.signal).then(
      () => this.stop("deadline"),
      () => undefined,
    );
  }

  use(connection: DuckDBConnection | undefined): void {
    this.#connection = connection;
  }

  end(): void {
    this.#ended.abort();
  }

  /** Calls back when the read must stop, at once when it must already; returns how to forget that. */
  onStop(stop: () => void): () => void {
    if (this.#stopped) queueMicrotask(stop);
    this.#stops.add(stop);
    return () => this.#stops.delete(stop);
  }

  /** Throws DeadlinePassed, or `cancelled`, when the read must stop. */
  check(): void {
    if (this.#stopped === "cancelled") throw new SeamarkError("cancelled", "the read was cancelled");
    if (this.#stopped === "deadline" || !this.#connection)
      throw new DeadlinePassed("the deadline has passed");
  }

  /** All rows of a statement. */
  async rows(sql: string): Promise<SqlRow[]> {
    this.check();
    const connection = this.#connection!;
    let running = true;
    const forget = this.onStop(() => void this.#interrupt(connection, () => running));
    try {
      const rows = await query(connection, sql);
      if (this.#stopped === "cancelled") this.check();
      return rows;
    } catch (error) {
      if (/INTERRUPT Error/.test(messageOf(error))) this.check();
      throw error;
    } finally {
      running = false;
      forget();
    }
  }

  stop(why: "deadline" | "cancelled"): void {
    if (this.#stopped || this.#ended.signal.aborted) return;
    this.#stopped = why;
    for (const stop of [...this.#stops]) stop();
  }

  async #interrupt(connection: DuckDBConnection, running: () => boolean): Promise<void> {
    while (running()) {
      connection.interrupt();
      await this.#clock.sleep(interruptEveryMs);
    }
  }
}
