import type { Clock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Counter, Metrics } from "../../common/base/metrics.ts";
import { gapRowsOf } from "../../common/spool/row-summary.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import { waitingSetAsides } from "../../common/spool/set-aside.ts";
import type { Json, Spool } from "../../common/spool/spool.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import { type CutSegment, OpenSegment } from "./open-segment.ts";
import { OriginAnnouncer } from "./origin-announcer.ts";
import type { Pipeline } from "./pipeline.ts";

/** NDJSON of one segment; it is passed by what readers give without yielding. */
export const segmentBytesMax = 1024 * 1024;
/** Never more than this in one segment, so that it stays within what the aggregator takes. */
const segmentBytesHardMax = 8 * 1024 * 1024;
/** Readers wait while this much is not durable yet. */
const heldBytesMax = 8 * 1024 * 1024;
/**
 * From the first row to the cut, by the segments that wait in the spool: as soon as a live view wants it while they
 * leave, in larger segments while nobody takes them.
 */
const rowsAfterMs = [
  { segments: 1000, ms: 5000 },
  { segments: 100, ms: 1000 },
  { segments: 0, ms: 200 },
] as const;
/** Positions alone are worth a segment only so often. */
const positionsAfterMs = 1000;
/** How often a full spool is tried again. */
const fullRetryMs = 200;

export interface PipelineOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /**
   * RFC 3339: everything read up to this time has been given to `row`. Called without a yield when a segment is cut
   * and when a heartbeat is sent.
   */
  readonly watermark: () => string;
  /** The collector's own host: for gap rows whose origin is not known. The pipeline announces it. */
  readonly hostOrigin: Origin;
}

/** The pipeline with what the collector's main and its shipper need beside the readers' side. */
export interface CollectorPipeline extends Pipeline {
  /** Makes the gap rows of segments that were set aside. */
  reportSetAsides(): void;
  /** The watermark of now when no row waits here; undefined otherwise. */
  idleWatermark(): string | undefined;
  /** Every origin announced since the start, as NDJSON. */
  knownOrigins(): Buffer;
  /**
   * Flushes, waiting at most `deadlineMs`, then takes nothing more. What is not durable by then is not remembered as
   * taken either: it is read again at the next start.
   */
  close(deadlineMs: number): Promise<void>;
}

export function createPipeline(options: PipelineOptions): CollectorPipeline {
  const pipeline = new SegmentPipeline(options);
  pipeline.origin(options.hostOrigin);
  pipeline.reportSetAsides();
  return pipeline;
}

class SegmentPipeline implements CollectorPipeline {
  readonly #options: PipelineOptions;
  readonly #origins: OriginAnnouncer;
  readonly #spooled: Counter;
  readonly #attributesDropped: Counter;
  readonly #stop = new AbortController();
  #open = new OpenSegment();
  /** Cut, not durable yet, in order; the first is being appended. */
  readonly #cut: CutSegment[] = [];
  #cutBytes = 0;
  #appending: Promise<void> | undefined;
  #full = false;
  #cutDue = false;
  #timerMs: number | undefined;
  /** Rises with every cut, so that a timer knows its segment is gone. */
  #generation = 0;
  /** The watermark of the last cut; an origins segment, which goes before the rows, must not claim more. */
  #lastWatermark = "1970-01-01T00:00:00Z";
  #ready = Promise.withResolvers<void>();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#origins = new OriginAnnouncer((key) => this.storedPosition(key));
    this.#spooled = options.metrics.counter(
      "seamark_collector_rows_spooled_total",
      "Rows that are durable in the collector's spool",
    );
    this.#attributesDropped = options.metrics.counter(
      "seamark_collector_attributes_dropped_total",
      "Rows whose attributes nest too deep to be printed and were left out",
    );
    this.#watchSpool();
  }

  get paused(): boolean {
    if (this.#stop.signal.aborted) return false;
    return this.#full || this.#open.bytes + this.#cutBytes >= heldBytesMax;
  }

  whenReady(): Promise<void> {
    return this.paused ? this.#ready.promise : Promise.resolve();
  }

  origin(origin: Origin): void {
    this.#origins.announce(origin);
    if (!this.#origins.isEmpty) this.#arm(this.#rowsAfterMs());
  }

  row(row: LogRow, positionKey: string, position: () => Json): void {
    if (this.#stop.signal.aborted) return;
    if (!this.#open.add(row)) this.#attributesDropped.add(1);
    this.#open.move(positionKey, position);
    if (this.#open.bytes >= segmentBytesHardMax) this.#cutOpen();
    else if (this.#open.bytes >= segmentBytesMax) this.#cutSoon();
    else if (this.#open.rows === 1) this.#arm(this.#rowsAfterMs());
  }

  position(positionKey: string, position: () => Json): void {
    if (this.#stop.signal.aborted) return;
    this.#open.move(positionKey, position);
    this.#arm(positionsAfterMs);
  }

  storedPosition(positionKey: string): Json | undefined {
    const open = this.#open.positionOf(positionKey);
    if (open) return open() ?? undefined;
    for (let i = this.#cut.length - 1; i >= 0; i--) {
      const { positions } = this.#cut[i]!;
      if (Object.hasOwn(positions, positionKey)) return positions[positionKey] ?? undefined;
    }
    return this.#options.spool.positions.get(positionKey);
  }

  async flush(): Promise<void> {
    this.#cutOpen();
    await this.#cut.at(-1)?.durable.promise;
  }

  reportSetAsides(): void {
    for (const [key, lost] of waitingSetAsides(this.#options.spool.positions)) {
      // Until the segment with the gap rows is durable the key is still there, but its end is on the way.
      if (this.storedPosition(key) === undefined) continue;
      for (const row of gapRowsOf(lost, this.#options.hostOrigin["origin.id"]))
        this.row(row, key, () => null);
    }
  }

  idleWatermark(): string | undefined {
    const isIdle = this.#open.rows === 0 && this.#cut.every((segment) => segment.rows === 0);
    return isIdle ? this.#options.watermark() : undefined;
  }

  knownOrigins(): Buffer {
    return this.#origins.all();
  }

  async close(deadlineMs: number): Promise<void> {
    const patience = new AbortController();
    const late = this.#options.clock.sleep(deadlineMs, patience.signal).catch(() => undefined);
    await Promise.race([this.flush(), late]);
    patience.abort();
    this.#stop.abort();
    await this.#appending;
    const given = new SeamarkError("cancelled", "the collector stopped before the lines were durable");
    for (const segment of this.#cut.splice(0)) segment.durable.reject(given);
    this.#wakeReaders();
  }

  /** After the readers' current run: by then their positions agree with the rows that they gave. */
  #cutSoon(): void {
    if (this.#cutDue) return;
    this.#cutDue = true;
    queueMicrotask(() => {
      this.#cutDue = false;
      if (this.#open.bytes >= segmentBytesMax) this.#cutOpen();
    });
  }

  #rowsAfterMs(): number {
    const waiting = this.#options.spool.segments;
    return rowsAfterMs.find((step) => waiting >= step.segments)!.ms;
  }

  #arm(ms: number): void {
    const { clock } = this.#options;
    const dueMs = clock.monotonicMs() + ms;
    if (this.#timerMs !== undefined && this.#timerMs <= dueMs) return;
    this.#timerMs = dueMs;
    const generation = this.#generation;
    clock.sleep(ms, this.#stop.signal).then(
      () => this.#timeIsUp(generation),
      () => undefined,
    );
  }

  #timeIsUp(generation: number): void {
    if (generation !== this.#generation) return;
    this.#timerMs = undefined;
    // While appending is slower than cutting, larger segments are better than more of them.
    if (this.#cut.length >= 2) this.#arm(this.#rowsAfterMs());
    else this.#cutOpen();
  }

  #cutOpen(): void {
    this.#generation += 1;
    this.#timerMs = undefined;
    if (!this.#origins.isEmpty) {
      this.#enqueue(this.#origins.cut(this.#lastWatermark, this.#options.spool.positions.keys()));
    }
    if (this.#open.isEmpty) return;
    const open = this.#open;
    this.#open = new OpenSegment();
    const watermark = this.#options.watermark();
    this.#enqueue(open.cut(watermark));
    this.#lastWatermark = watermark;
  }

  #enqueue(segment: CutSegment): void {
    // Most segments have nobody waiting for them.
    segment.durable.promise.catch(() => undefined);
    this.#cut.push(segment);
    this.#cutBytes += segment.ndjson.length;
    this.#appending ??= this.#appendAll();
  }

  /** One at a time: a later segment must not be durable before an earlier one whose rows it would pass. */
  async #appendAll(): Promise<void> {
    while (this.#cut.length > 0 && !this.#stop.signal.aborted) {
      const segment = this.#cut[0]!;
      const body = await compressRows(segment.ndjson);
      if (!(await this.#append(segment, body))) break;
      this.#cut.shift();
      this.#cutBytes -= segment.ndjson.length;
      if (segment.kind === "logs") this.#spooled.add(segment.rows);
      segment.durable.resolve();
      this.#wakeReaders();
    }
    this.#appending = undefined;
  }

  /** False only when the pipeline was closed before there was room. */
  async #append(segment: CutSegment, body: Buffer): Promise<boolean> {
    const { spool, clock, log } = this.#options;
    const { kind, rows, positions, meta } = segment;
    for (;;) {
      try {
        await spool.append({ kind, rows, positions, meta, body });
        if (this.#full) log.info("the spool takes lines again");
        this.#full = false;
        return true;
      } catch (error) {
        if (!(error instanceof SeamarkError)) throw error;
        if (!this.#full) log.warn(`reading stops: ${messageOf(error)}`, { hint: error.hint });
        this.#full = true;
      }
      try {
        await clock.sleep(fullRetryMs, this.#stop.signal);
      } catch {
        return false;
      }
    }
  }

  #wakeReaders(): void {
    if (this.paused) return;
    this.#ready.resolve();
    this.#ready = Promise.withResolvers();
  }

  #watchSpool(): void {
    const { spool, metrics, clock } = this.#options;
    metrics.gauge("seamark_collector_spool_bytes", "Bytes in the spool").read(() => spool.sizeBytes);
    metrics.gauge("seamark_collector_spool_segments", "Segments in the spool").read(() => spool.segments);
    metrics
      .gauge("seamark_collector_spool_oldest_seconds", "Age of the oldest segment in the spool")
      .read(() => (spool.oldestMs === undefined ? 0 : (clock.nowMs() - spool.oldestMs) / 1000));
  }
}
