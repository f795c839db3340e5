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
const refillRowsMax = 10_000;
const preloadFrom = "now-15m";
/** Enough to know a row again that both the search and the tail gave: some seconds of a busy cluster. */
const recentIdsMax = 50_000;
/** Rows that were on their way to the store when the socket opened are asked for again this often, this long. */
const settleEveryMs = 250;
const settleMaxMs = 10_000;

/**
 * A tail without holes: after every (re)connection the search gives the lines since the time up to which all had come,
 * again and again until its answer is complete up to the moment of the connection; what the socket says meanwhile
 * waits until then. One search is not enough: what was accepted before the socket opened may not be in the store yet.
 */
export class LiveTail {
  readonly #options: LiveTailOptions;
  readonly #tail: Tail;
  readonly #round = new AbortController();
  #early: Row[] | undefined = [];
  /** Everything before this time has come, RFC 3339; undefined before the first answer. */
  #from: string | undefined;
  /** The last heartbeat. */
  #heard: string | undefined;
  #recentIds = new Set<string>();
  #olderIds = new Set<string>();
  /** Connections so far: a fill that a newer one has overtaken gives up. */
  #fills = 0;
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
        completeTo: (time) => {
          // A heartbeat may overtake rows that wait for the next flush, so the one before it counts.
          const heard = this.#heard;
          const later = heard !== undefined && (this.#from === undefined || heard > this.#from);
          if (this.#early === undefined && later) this.#from = heard;
          this.#heard = time ?? undefined;
          options.completeTo(time);
        },
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
    this.#heard = undefined;
    this.#fills += 1;
    const fill = this.#fills;
    try {
      await this.#search(() => fill === this.#fills && !this.#round.signal.aborted);
    } catch {
      // The tail goes on without the lines before it; the list says from when on it has them.
    }
    // A newer connection has its own fill, which takes what waits.
    if (fill !== this.#fills || this.#round.signal.aborted) return;
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#take(early);
  }

  /** Takes what the store has until its answer is complete up to the time of the first one. */
  async #search(wanted: () => boolean): Promise<void> {
    const { clock, since, lines } = this.#options;
    const { signal } = this.#round;
    const startedMs = clock.monotonicMs();
    let until: string | undefined;
    while (wanted()) {
      const limit = this.#from === undefined ? preloadRows : refillRowsMax;
      const answer = await since(this.#from ?? preloadFrom, limit, signal);
      if (!wanted()) return;
      this.#take([...(answer.rows ?? [])].reverse());
      if (answer.cursor && limit === refillRowsMax) {
        // Too much is missing to be fetched; the list says that something was left out.
        lines.skipped += 1;
        return;
      }
      until ??= answer.to;
      const { completeTo } = answer;
      // Only what was not in the store yet is asked for again.
      if (completeTo !== null && completeTo > answer.from) this.#from = completeTo;
      if (completeTo !== null && completeTo >= until) return;
      if (clock.monotonicMs() - startedMs > settleMaxMs) return;
      await clock.sleep(settleEveryMs, signal);
    }
  }

  #rows(rows: readonly Row[]): void {
    this.received += rows.length;
    if (this.#early) for (const row of rows) this.#early.push(row);
    else this.#take(rows);
  }

  #take(rows: readonly Row[]): void {
    const fresh = rows.filter(({ id }) => !this.#recentIds.has(id) && !this.#olderIds.has(id));
    if (this.#recentIds.size > recentIdsMax) {
      this.#olderIds = this.#recentIds;
      this.#recentIds = new Set();
    }
    for (const { id } of fresh) this.#recentIds.add(id);
    this.#options.lines.receive(fresh);
    this.#options.changed();
  }
}
