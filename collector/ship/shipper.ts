import { Backoff, type Random } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError, systemCodeOf } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Metrics } from "../../common/base/metrics.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import type { Segment, Spool } from "../../common/spool/spool.ts";
import { type CollectorStatus, ingestHeaders, type SegmentKind } from "../../common/wire/ingest.ts";
import { createPoster, type Poster } from "./http-post.ts";
import { type Outcome, outcomeOf, outcomeOfError } from "./outcome.ts";
import type { CollectorPipeline } from "./segment-pipeline.ts";
import { shipCounters } from "./ship-counters.ts";

/** A whole exchange; the aggregator answers in milliseconds, a busy one with 429. */
const postTimeoutMs = 30_000;
const heartbeatMs = 1000;
const backoffFirstMs = 200;
const backoffMaxMs = 30_000;
/** Segments that left are deleted together this often: each time the positions are written anew. */
const removalMs = 250;
const statusBytesMax = 4 * 1024;
/** The position that names the aggregator which has this collector's origins. */
const aggregatorKey = "ship/aggregator";

export interface ShipperOptions {
  readonly spool: Spool;
  readonly pipeline: CollectorPipeline;
  /** Base URLs (`http://127.0.0.1:7280`), at least one; the next is tried when one cannot be reached. */
  readonly aggregators: readonly string[];
  /** Asked at the start and after each answer that wants another one: the file may come, or change, later. */
  readonly token?: () => string | undefined;
  /** 16 hex digits, the same for ever. */
  readonly collectorId: string;
  readonly status: () => CollectorStatus;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface ShipperState {
  readonly state: "connected" | "waiting";
  readonly aggregator: string;
  /** Since when it is in this state, milliseconds. */
  readonly sinceMs: number;
  /** Why it waits. */
  readonly error?: string;
  readonly acknowledgedSequence: number;
}

export interface Shipper {
  state(): ShipperState;
  /** Sends what the spool holds as long as that goes well, at most `deadlineMs`, then ends. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts posting the spool's segments, in order and one at a time. */
export function createShipper(options: ShipperOptions): Shipper {
  return new HttpShipper(options);
}

class HttpShipper implements Shipper {
  readonly #options: ShipperOptions;
  readonly #poster: Poster;
  readonly #backoff: Backoff;
  readonly #counters: ReturnType<typeof shipCounters>;
  readonly #abort = new AbortController();
  /** Aborted when stopping begins, so that no wait delays it. */
  readonly #hurry = new AbortController();
  readonly #running: Promise<void>;
  #removing: Promise<void> | undefined;
  #target = 0;
  #token: string | undefined;
  /** Whether the aggregator answered since the last failure. */
  #isGreeted = false;
  #acknowledged: number;
  #watermark: string | undefined;
  #state: { readonly state: "connected" | "waiting"; readonly sinceMs: number; readonly error?: string };

  constructor(options: ShipperOptions) {
    const { spool, clock, random, metrics } = options;
    this.#options = options;
    this.#token = options.token?.();
    this.#poster = createPoster(clock, postTimeoutMs);
    this.#backoff = new Backoff({ firstMs: backoffFirstMs, maxMs: backoffMaxMs, random });
    this.#counters = shipCounters(metrics);
    this.#acknowledged = (spool.next(0)?.sequence ?? spool.lastSequence + 1) - 1;
    this.#state = { state: "waiting", sinceMs: clock.nowMs(), error: "not connected yet" };
    this.#running = this.#run();
  }

  state(): ShipperState {
    return {
      ...this.#state,
      aggregator: this.#options.aggregators[this.#target]!,
      acknowledgedSequence: this.#acknowledged,
    };
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#hurry.abort();
    const patience = new AbortController();
    const late = this.#options.clock.sleep(deadlineMs, patience.signal).catch(() => undefined);
    await Promise.race([this.#running, late]);
    patience.abort();
    this.#abort.abort(new SeamarkError("cancelled", "the collector stops"));
    await this.#running;
    await this.#removing;
    await this.#remove();
    this.#poster.close();
  }

  async #run(): Promise<void> {
    const { spool } = this.#options;
    while (!this.#abort.signal.aborted) {
      const segment = spool.next(this.#acknowledged);
      if (!segment && this.#hurry.signal.aborted) return;
      const outcome = segment ? await this.#attempt(segment) : await this.#idle();
      if (outcome?.kind !== "retry") continue;
      if (this.#hurry.signal.aborted) return;
      await this.#wait(outcome);
    }
  }

  /** Waits for a segment; after a second without one a heartbeat keeps watermark and status moving. */
  async #idle(): Promise<Outcome | undefined> {
    const { spool, clock } = this.#options;
    if (!this.#isGreeted) return this.#greet();
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#hurry.signal]);
    const sleep = clock.sleep(heartbeatMs, signal).catch(() => undefined);
    await Promise.race([spool.waitForNext(this.#acknowledged, signal), sleep]);
    over.abort();
    if (this.#hurry.signal.aborted || spool.next(this.#acknowledged)) return undefined;
    // Nothing is on the way: what has been read up to now is all acknowledged.
    this.#watermark = this.#options.pipeline.idleWatermark() ?? this.#watermark;
    return this.#greet();
  }

  /** A disk that fails is tried again like a connection that fails. */
  async #attempt(segment: Segment): Promise<Outcome | undefined> {
    try {
      return await this.#deliver(segment);
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      const outcome: Outcome = { kind: "retry", reason: "disk", error: messageOf(error), other: false };
      this.#note(outcome);
      return outcome;
    }
  }

  async #deliver(segment: Segment): Promise<Outcome | undefined> {
    if (segment.rows === 0) return this.#acknowledge(segment);
    let body: Buffer;
    try {
      body = await this.#options.spool.readBody(segment);
    } catch (error) {
      if (!(error instanceof SeamarkError)) throw error;
      await this.#giveUp(segment, error.message, "corrupt_segment");
      return undefined;
    }
    if (!this.#isGreeted) {
      const greeting = await this.#greet();
      if (greeting.kind === "retry") return greeting;
    }
    this.#counters.sent.add(segment.rows);
    const watermark = String(segment.meta["watermark"]);
    const outcome = await this.#post(segment.kind, body, segment.sequence, watermark);
    if (outcome.kind === "acknowledged") return this.#acknowledge(segment);
    if (outcome.kind === "refused") await this.#giveUp(segment, outcome.reason, "refused_by_store");
    return outcome;
  }

  #acknowledge(segment: Segment): undefined {
    this.#acknowledged = segment.sequence;
    this.#watermark = String(segment.meta["watermark"]);
    this.#counters.acknowledged.add(segment.rows);
    this.#removing ??= this.#removeSoon();
  }

  async #giveUp(
    segment: Segment,
    reason: string,
    gap: "corrupt_segment" | "refused_by_store",
  ): Promise<void> {
    const { spool, pipeline, log } = this.#options;
    log.error(`segment ${segment.sequence} with ${segment.rows} rows is set aside: ${reason}`);
    await spool.setAside(segment, reason, gap);
    this.#counters.dropped.add(segment.rows, { reason: gap });
    this.#acknowledged = segment.sequence;
    pipeline.reportSetAsides();
  }

  /** An empty post: says who is there, and learns who answers. An aggregator that is new gets the origins first. */
  async #greet(): Promise<Outcome> {
    const empty = Buffer.alloc(0);
    const outcome = await this.#post("logs", empty, this.#acknowledged, this.#watermark);
    return notRefused(outcome);
  }

  async #post(
    kind: SegmentKind,
    body: Buffer,
    sequence: number | undefined,
    watermark: string | undefined,
  ): Promise<Outcome> {
    const base = this.#options.aggregators[this.#target]!;
    const url = `${base.replace(/\/+$/, "")}/api/v1/ingest/${kind}`;
    const headers = this.#headers(body, sequence, watermark);
    let outcome: Outcome;
    try {
      const answer = await this.#poster.post(url, headers, body, this.#abort.signal);
      outcome = outcomeOf(answer);
      if (outcome.kind === "acknowledged" && sequence !== undefined) {
        outcome = await this.#meet(answer.headers[ingestHeaders.aggregator]);
      }
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    this.#note(outcome);
    return outcome;
  }

  async #meet(header: string | readonly string[] | undefined): Promise<Outcome> {
    this.#isGreeted = true;
    const { pipeline } = this.#options;
    const known = pipeline.storedPosition(aggregatorKey);
    if (typeof header !== "string" || header === known) return { kind: "acknowledged" };
    if (known !== undefined) {
      const origins = await compressRows(pipeline.knownOrigins());
      const outcome = await this.#post("origins", origins, undefined, undefined);
      if (outcome.kind !== "acknowledged") {
        this.#isGreeted = false;
        return notRefused(outcome);
      }
    }
    pipeline.position(aggregatorKey, () => header);
    return { kind: "acknowledged" };
  }

  #headers(
    body: Buffer,
    sequence: number | undefined,
    watermark: string | undefined,
  ): Record<string, string> {
    const { collectorId, spool } = this.#options;
    const token = this.#token;
    return {
      "content-type": "application/x-ndjson",
      ...(body.length > 0 ? { "content-encoding": "zstd" } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      [ingestHeaders.collector]: collectorId,
      [ingestHeaders.epoch]: spool.epoch,
      ...(sequence === undefined ? {} : { [ingestHeaders.sequence]: String(sequence) }),
      ...(watermark === undefined ? {} : { [ingestHeaders.watermark]: watermark }),
      [ingestHeaders.status]: encodeStatus(this.#options.status()),
    };
  }

  #note(outcome: Outcome): void {
    const { clock, log } = this.#options;
    const sinceMs = clock.nowMs();
    const aggregator = this.#options.aggregators[this.#target]!;
    if (outcome.kind !== "retry") {
      this.#backoff.reset();
      if (this.#state.state === "waiting") log.info("connected to the aggregator", { aggregator });
      if (this.#state.state === "waiting") this.#state = { state: "connected", sinceMs };
      return;
    }
    this.#isGreeted = false;
    if (outcome.reason === "unauthorized") this.#token = this.#options.token?.() ?? this.#token;
    if (this.#abort.signal.aborted) return;
    this.#counters.retries.add(1, { reason: outcome.reason });
    if (this.#state.error !== outcome.error)
      log.warn(`the aggregator takes nothing: ${outcome.error}`, { aggregator });
    const since = this.#state.state === "waiting" ? this.#state.sinceMs : sinceMs;
    this.#state = { state: "waiting", sinceMs: since, error: outcome.error };
  }

  async #wait(outcome: Outcome & { kind: "retry" }): Promise<void> {
    const { clock, aggregators } = this.#options;
    if (outcome.other) this.#target = (this.#target + 1) % aggregators.length;
    // The others are tried at once; only after a whole round is it time to be patient.
    if (outcome.other && this.#target !== 0) return;
    const ms = Math.max(outcome.afterMs ?? 0, this.#backoff.nextMs());
    await clock.sleep(ms, this.#hurry.signal).catch(() => undefined);
  }

  async #removeSoon(): Promise<void> {
    await this.#options.clock.sleep(removalMs, this.#hurry.signal).catch(() => undefined);
    this.#removing = undefined;
    await this.#remove();
  }

  async #remove(): Promise<void> {
    try {
      await this.#options.spool.removeThrough(this.#acknowledged);
    } catch (error) {
      // They are tried again with the next ones; a segment that is sent twice is stored once.
      this.#options.log.error(`segments cannot be deleted: ${messageOf(error)}`);
    }
  }
}

/** A refusal of what holds no rows gives nothing up: it is tried again. */
function notRefused(outcome: Outcome): Outcome {
  if (outcome.kind !== "refused") return outcome;
  return { kind: "retry", reason: "unexpected", error: outcome.reason, other: false };
}

/** Percent-encoded JSON; a long reason gives way. */
export function encodeStatus(status: CollectorStatus): string {
  const whole = encodeURIComponent(JSON.stringify(status));
  if (whole.length <= statusBytesMax) return whole;
  const { error, ...docker } = status.docker;
  const short = error === undefined ? docker : { ...docker, error: error.slice(0, 200) };
  const text = encodeURIComponent(JSON.stringify({ ...status, docker: short }));
  return text.length <= statusBytesMax ? text : encodeURIComponent(JSON.stringify({ ...status, docker }));
}
