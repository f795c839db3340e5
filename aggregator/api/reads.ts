import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Metrics } from "../../common/base/metrics.ts";
import type { ReadOptions } from "../store/log-store.ts";

/** Reads that run at once; a page of the dashboard asks about five things at a time. */
export const runningReadsMax = 32;
/** How long after its deadline a read that has not answered is given up; milliseconds. */
const overdueMs = 2000;
const bucketsS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

export interface ReadsOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Tests wait less. */
  readonly overdueMs?: number;
}

export interface ReadTask {
  /** For the metrics: the route. */
  readonly name: string;
  readonly deadlineMs: number;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** Runs reads within bounds: so many at once, each with a deadline, each cancelled when nobody waits for it. */
export class Reads {
  readonly #options: ReadsOptions;
  #running = 0;

  constructor(options: ReadsOptions) {
    this.#options = options;
    options.metrics
      .gauge("seamark_api_reads_running", "Reads of the store that are under way")
      .read(() => this.#running);
  }

  /** Rejects with `unavailable` when too many run, `timeout` when the store is overdue, `cancelled` when aborted. */
  async run<T>(task: ReadTask, read: (options: ReadOptions) => Promise<T>): Promise<T> {
    if (this.#running >= runningReadsMax) {
      throw new SeamarkError("unavailable", `${runningReadsMax} reads are running already.`, {
        hint: "Try again in a second, with a shorter range if it stays so",
      });
    }
    this.#running += 1;
    const startedMs = this.#options.clock.monotonicMs();
    let outcome = "ok";
    try {
      return await this.#bounded(task, read);
    } catch (error) {
      outcome = error instanceof SeamarkError ? error.code : "failed";
      throw error;
    } finally {
      this.#running -= 1;
      this.#measure(task.name, outcome, (this.#options.clock.monotonicMs() - startedMs) / 1000);
    }
  }

  async #bounded<T>(task: ReadTask, read: (options: ReadOptions) => Promise<T>): Promise<T> {
    const overdue = new AbortController();
    const finished = new AbortController();
    const waitMs = task.deadlineMs + (this.#options.overdueMs ?? overdueMs);
    const timer = this.#options.clock.sleep(waitMs, finished.signal).then(
      () => {
        overdue.abort(new SeamarkError("timeout", `The store did not answer within ${waitMs} ms.`));
        throw overdue.signal.reason;
      },
      () => new Promise<never>(() => {}),
    );
    const signal = AbortSignal.any([task.signal, overdue.signal]);
    try {
      return await Promise.race([read({ deadlineMs: task.deadlineMs, signal }), timer]);
    } finally {
      finished.abort();
    }
  }

  #measure(name: string, outcome: string, seconds: number): void {
    const { metrics } = this.#options;
    metrics
      .counter("seamark_api_reads_total", "Reads of the store by outcome")
      .add(1, { route: name, outcome });
    const sum = metrics.counter("seamark_api_read_seconds_sum", "Seconds that reads took");
    const count = metrics.counter("seamark_api_read_seconds_count", "Reads that were timed");
    const bucket = metrics.counter("seamark_api_read_seconds_bucket", "Reads that took at most `le` seconds");
    sum.add(seconds, { route: name });
    count.add(1, { route: name });
    for (const le of bucketsS) bucket.add(seconds <= le ? 1 : 0, { route: name, le: String(le) });
    bucket.add(1, { route: name, le: "+Inf" });
  }
}
