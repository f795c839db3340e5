import { createHash } from "node:crypto";
import { Backoff, type Random } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Counter, Metrics } from "../../common/base/metrics.ts";
import { msToNanos } from "../../common/base/nanotime.ts";
import { gapRowsOf, RowSummary } from "../../common/spool/row-summary.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import { rememberSetAside, type SetAside, waitingSetAsides } from "../../common/spool/set-aside.ts";
import type { Json, Segment, Spool } from "../../common/spool/spool.ts";
import type { SegmentKind } from "../../common/wire/ingest.ts";
import type { Origin } from "../../common/wire/row.ts";
import type { Batch, LogStore, RefusedLine } from "../store/log-store.ts";
import { batchIdOf, decodeMeta, encodeMeta } from "./batch-meta.ts";
import type { Completeness } from "./completeness.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** One transaction of the store: larger ones gain nothing (measured with 20 k rows per file). */
const segmentsAtOnceMax = 10;
const bytesAtOnceMax = 64 * 1024 * 1024;
/** Between two transactions, so that many small posts share one; far below what a reader notices. */
const loadEveryMs = 100;
const backoffFirstMs = 200;
const backoffMaxMs = 30_000;
const ownOriginKey = "origin/own";

export interface LoaderOptions {
  readonly spool: Spool;
  readonly store: Pick<LogStore, "append">;
  readonly deadLetters: DeadLetters;
  readonly completeness: Completeness;
  /** Of the aggregator's own host: for gaps whose origin is not known. See `aggregatorOrigin`. */
  readonly ownOrigin: Origin;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface LoaderState {
  readonly ok: boolean;
  /** Why not. */
  readonly error?: string;
  /** Since when it is so, milliseconds. */
  readonly sinceMs: number;
}

export interface Loader {
  state(): LoaderState;
  /** Ends after the batch that is being loaded. */
  stop(): Promise<void>;
}

/** Starts moving the spool's batches into the store: in order, never skipping one, until it is stopped. */
export function createLoader(options: LoaderOptions): Loader {
  return new SpoolLoader(options);
}

/** The origin of rows that the aggregator itself makes. */
export function aggregatorOrigin(hostName: string): Origin {
  const id = createHash("sha256").update(`seamark-aggregator\n${hostName}`).digest("hex").slice(0, 16);
  return { "origin.id": id, "host.name": hostName, "service.name": "seamark-aggregator" };
}

class SpoolLoader implements Loader {
  readonly #options: LoaderOptions;
  readonly #backoff: Backoff;
  readonly #counters: ReturnType<typeof loaderCounters>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #state: LoaderState;

  constructor(options: LoaderOptions) {
    const { clock, random, metrics, spool } = options;
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: backoffFirstMs, maxMs: backoffMaxMs, random });
    this.#counters = loaderCounters(metrics);
    this.#state = { ok: true, sinceMs: clock.nowMs() };
    metrics.gauge("seamark_ingest_spool_bytes", "Bytes that wait for the store").read(() => spool.sizeBytes);
    metrics
      .gauge("seamark_ingest_spool_oldest_seconds", "Age of the oldest batch that waits for the store")
      .read(() => (spool.oldestMs === undefined ? 0 : (clock.nowMs() - spool.oldestMs) / 1000));
    this.#running = this.#run();
  }

  state(): LoaderState {
    return this.#state;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { spool, clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const isDone = await this.#attempt();
      if (!isDone) continue;
      await spool.waitForNext(0, signal);
      // With a full load waiting there is nothing to gain from waiting longer.
      if (spool.segments >= segmentsAtOnceMax) continue;
      const restMs = loadEveryMs - (clock.monotonicMs() - startedMs);
      if (restMs > 0) await clock.sleep(restMs, signal).catch(() => undefined);
    }
  }

  /** False when it must be tried again at once, after the wait that it has waited here. */
  async #attempt(): Promise<boolean> {
    const { clock, log } = this.#options;
    try {
      await this.#load(await this.#gather());
      await this.#writeGaps();
      if (!this.#state.ok) log.info("the store takes rows again");
      if (!this.#state.ok) this.#state = { ok: true, sinceMs: clock.nowMs() };
      this.#backoff.reset();
      return true;
    } catch (error) {
      const message = messageOf(error);
      if (this.#state.error !== message) log.error(`loading waits: ${message}`);
      const sinceMs = this.#state.ok ? clock.nowMs() : this.#state.sinceMs;
      this.#state = { ok: false, error: message, sinceMs };
      this.#counters.failures.add(1);
      await clock.sleep(this.#backoff.nextMs(), this.#stop.signal).catch(() => undefined);
      return false;
    }
  }

  /** The next batches, each checked: what is damaged is set aside, with a gap for it. */
  async #gather(): Promise<readonly Segment[]> {
    const { spool, log } = this.#options;
    const segments: Segment[] = [];
    let bytes = 0;
    let next = spool.next(0);
    while (
      next &&
      segments.length < segmentsAtOnceMax &&
      (bytes === 0 || bytes + next.bodyBytes <= bytesAtOnceMax)
    ) {
      try {
        await spool.readBody(next);
        segments.push(next);
        bytes += next.bodyBytes;
      } catch (error) {
        if (!(error instanceof SeamarkError)) throw error;
        log.error(`batch ${batchIdOf(spool, next)} is set aside: ${error.message}`);
        await spool.setAside(next, error.message);
        this.#counters.dropped.add(next.rows, { reason: "corrupt_segment" });
      }
      next = spool.next(next.sequence);
    }
    return segments;
  }

  async #load(segments: readonly Segment[]): Promise<void> {
    const last = segments.at(-1);
    if (!last) return;
    const { spool, store } = this.#options;
    const result = await store.append(segments.map((segment) => batchOf(spool, segment)));
    this.#counters.loaded.add(result.rowsAppended);
    this.#counters.dropped.add(result.rowsTooOld, { reason: "too_old" });
    const gaps = await this.#bury(segments, result.refused);
    await spool.removeThrough(last.sequence, gaps);
    for (const segment of segments) this.#tellLoaded(segment);
  }

  /** Refused lines become dead letters; the positions that it resolves with make the gap rows. */
  async #bury(segments: readonly Segment[], refused: readonly RefusedLine[]): Promise<Record<string, Json>> {
    if (refused.length === 0) return {};
    const { spool, deadLetters, log } = this.#options;
    const positions = new Map(spool.positions);
    const added: Record<string, Json> = {};
    for (const segment of segments) {
      const id = batchIdOf(spool, segment);
      const lines = refused.filter((line) => line.batch === id);
      const first = lines[0];
      if (!first) continue;
      await deadLetters.add(segment.kind, lines);
      this.#counters.dropped.add(lines.length, { reason: "refused_by_store" });
      log.warn(`the store refused ${lines.length} lines of ${id}`, {
        line: first.line,
        reason: first.reason,
      });
      if (decodeMeta(segment.meta).isGap || segment.kind === "origins") continue;
      const record = recordOf(segment, lines, this.#options.clock.nowMs());
      for (const [key, value] of Object.entries(rememberSetAside(positions, record))) {
        if (value === null) positions.delete(key);
        else positions.set(key, value);
        added[key] = value;
      }
    }
    return added;
  }

  #tellLoaded(segment: Segment): void {
    const { source, watermark } = decodeMeta(segment.meta);
    if (source) this.#options.completeness.loaded({ ...source, ...(watermark ? { watermark } : {}) });
  }

  /** Exactly one gap per record: the segment with its rows deletes the record. */
  async #writeGaps(): Promise<void> {
    const { spool, ownOrigin } = this.#options;
    for (const [key, record] of waitingSetAsides(spool.positions)) {
      await this.#announceOwnOrigin();
      const rows = record.kind === "origins" ? [] : gapRowsOf(record, ownOrigin["origin.id"]);
      if (rows.length === 0) await spool.removeThrough(0, { [key]: null });
      else await this.#append("logs", rows, { [key]: null });
    }
  }

  async #announceOwnOrigin(): Promise<void> {
    const { spool, ownOrigin } = this.#options;
    const known = JSON.stringify(ownOrigin);
    if (spool.positions.get(ownOriginKey) === known) return;
    await this.#append("origins", [ownOrigin], { [ownOriginKey]: known });
  }

  async #append(kind: SegmentKind, rows: readonly object[], positions: Record<string, Json>): Promise<void> {
    const { spool, clock } = this.#options;
    const ndjson = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const meta = encodeMeta({ acceptedNs: msToNanos(clock.nowMs()), isGap: true });
    const body = await compressRows(Buffer.from(ndjson));
    try {
      await spool.append({ kind, body, rows: rows.length, positions, meta });
    } catch (error) {
      // A full spool empties by loading: the gap comes with the next attempt.
      if (!(error instanceof SeamarkError && error.code === "full")) throw error;
    }
  }
}

function batchOf(spool: Spool, segment: Segment): Batch {
  const { kind, path, rows } = segment;
  return { id: batchIdOf(spool, segment), kind, path, rows, acceptedNs: decodeMeta(segment.meta).acceptedNs };
}

/** What is known of the refused lines, as if they had been a segment that was set aside. */
function recordOf(segment: Segment, lines: readonly RefusedLine[], atMs: number): SetAside {
  const summary = new RowSummary();
  for (const line of lines) {
    const { origin, time } = originAndTime(line.text);
    if (origin !== undefined && time !== undefined) summary.add(origin, time);
  }
  return {
    sequence: segment.sequence,
    gap: "refused_by_store",
    reason: lines[0]!.reason.slice(0, 500),
    kind: segment.kind,
    rows: lines.length,
    atMs,
    meta: summary.toMeta(),
  };
}

function originAndTime(text: string): { readonly origin?: string; readonly time?: string } {
  try {
    const row = JSON.parse(text) as Record<string, unknown>;
    const origin = row["origin.id"];
    const time = row["@timestamp"];
    if (typeof origin === "string" && typeof time === "string") return { origin, time };
  } catch {
    // The store may refuse what is not JSON at all: then the gap is the aggregator's own.
  }
  return {};
}

function loaderCounters(metrics: Metrics): {
  readonly loaded: Counter;
  readonly dropped: Counter;
  readonly failures: Counter;
} {
  return {
    loaded: metrics.counter("seamark_loader_rows_total", "Rows that are in the store"),
    dropped: metrics.counter(
      "seamark_loader_rows_dropped_total",
      "Rows that are not in the store, by reason",
    ),
    failures: metrics.counter("seamark_loader_failures_total", "Attempts to load that failed"),
  };
}
