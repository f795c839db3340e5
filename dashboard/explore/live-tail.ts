import { Backoff } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { type Socket, Tail, type TailState } from "../api/tail.ts";
import type { LogsAnswer, Row } from "../api/types.ts";
import type { LiveLines } from "./live-lines.ts";

export interface LiveTailOptions {
  readonly query: string;
  readonly clock: Clock;
  readonly connect: (url: string) => Socket;
  /** Rows of the query from that time (RFC 3339 or relative) until now, the newest first. */
  readonly since: (from: string, limit: number, signal: AbortSignal) => Promise<LogsAnswer>;
  readonly lines: LiveLines;
  readonly changed: () => void;
  readonly state: (state: TailState) => void;
  readonly completeTo: (time: string | null) => void;
}

/** What stands in the list before the first new line, and what is fetched after a lost connection at most. */
const preloadRows = 300;
const refillRowsMax = 5000;
const preloadFrom = "now-15m";
/** Enough to know a row again that both the search and the tail gave. */
const recentIdsMax = 5000;

/**
 * A tail without holes: after every (re)connection the search gives the lines since the last one that came, and
 * what the socket says meanwhile waits until then.
 */
export class LiveTail {
  readonly #options: LiveTailOptions;
  readonly #tail: Tail;
  readonly #round = new AbortController();
  #early: Row[] | undefined = [];
  #lastTime: string | undefined;
  #recentIds = new Set<string>();
  /** Rows that came since the start; the rate is made from it. */
  received = 0;

  constructor(options: LiveTailOptions) {
    this.#options = options;
    this.#tail = new Tail(options.query, {
      connect: options.connect,
      backoff: new Backoff({ firstMs: 500, maxMs: 15_000, random: Math.random }),
      delay: (ms, action) => {
        const cancel = new AbortController();
        options.clock.sleep(ms, cancel.signal).then(action, () => {});
        return () => cancel.abort();
      },
      events: {
        rows: (rows) => this.#rows(rows),
        skipped: (count) => {
          options.lines.skipped += count;
          options.changed();
        },
        completeTo: options.completeTo,
        queryError: () => {},
        state: (state) => {
          if (state.kind === "open") void this.#fill();
          options.state(state);
        },
      },
    });
  }

  close(): void {
    this.#round.abort();
    this.#tail.close();
  }

  async #fill(): Promise<void> {
    this.#early ??= [];
    const limit = this.#lastTime === undefined ? preloadRows : refillRowsMax;
    try {
      const answer = await this.#options.since(this.#lastTime ?? preloadFrom, limit, this.#round.signal);
      if (this.#round.signal.aborted) return;
      this.#take([...(answer.rows ?? [])].reverse());
      if (this.#lastTime !== undefined && answer.cursor && limit === refillRowsMax)
        this.#options.lines.skipped += 1;
    } catch {
      // The tail goes on without the lines before it; the list says from when on it has them.
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    if (!this.#round.signal.aborted) this.#take(early);
  }

  #rows(rows: readonly Row[]): void {
    this.received += rows.length;
    if (this.#early) for (const row of rows) this.#early.push(row);
    else this.#take(rows);
  }

  #take(rows: readonly Row[]): void {
    const fresh = rows.filter((row) => !this.#recentIds.has(row.id));
    if (this.#recentIds.size > recentIdsMax) this.#recentIds = new Set([...this.#recentIds].slice(-1000));
    for (const row of fresh.slice(-recentIdsMax)) this.#recentIds.add(row.id);
    const last = fresh.at(-1);
    if (last) this.#lastTime = last["@timestamp"];
    this.#options.lines.receive(fresh);
    this.#options.changed();
  }
}
