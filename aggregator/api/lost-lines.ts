import type { Clock } from "../../common/base/clock.ts";
import { msToNanos } from "../../common/base/nanotime.ts";
import type { Filter } from "../../common/query/ast.ts";
import type { LogStore } from "../store/log-store.ts";

const dayMs = 86_400_000;
/** Gaps are rare and a query costs some milliseconds; the status is polled every few seconds by every page. */
const keptMs = 15_000;
const deadlineMs = 2000;

const gaps: Filter = { kind: "equals", field: { name: "event.kind" }, value: "gap" };

/** How many lines the gap rows since midnight (UTC) stand for; remembered for some seconds. */
export class LostLines {
  readonly #logs: Pick<LogStore, "stats">;
  readonly #clock: Clock;
  #read: Promise<number | null> | undefined;
  #readMs = 0;

  constructor(logs: Pick<LogStore, "stats">, clock: Clock) {
    this.#logs = logs;
    this.#clock = clock;
  }

  /** Null when the store cannot say. */
  today(): Promise<number | null> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#read === undefined || nowMs - this.#readMs > keptMs) {
      this.#readMs = nowMs;
      this.#read = this.#sum().catch(() => null);
    }
    return this.#read;
  }

  async #sum(): Promise<number> {
    const nowMs = this.#clock.nowMs();
    const range = { fromNs: msToNanos(nowMs - (nowMs % dayMs)), toNs: msToNanos(nowMs + dayMs) };
    const stats = await this.#logs.stats(gaps, range, "event.count", { deadlineMs });
    return stats.sum ?? 0;
  }
}
