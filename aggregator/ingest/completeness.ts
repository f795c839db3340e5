import type { Clock } from "../../common/base/clock.ts";
import { formatNanos, parseNanos } from "../../common/base/nanotime.ts";
import type { Spool } from "../../common/spool/spool.ts";
import type { CollectorStatus } from "../../common/wire/ingest.ts";
import { collectorPositions, decodeMeta } from "./batch-meta.ts";

/** Collectors that are remembered; the one that was silent longest is forgotten first. */
export const collectorsMax = 10_000;
/** A host that was silent for so long does not hold the others' completeness back: it is shown as gone instead. */
const goneAfterMs = 5 * 60_000;

export interface HostCompleteness {
  readonly collector: string;
  readonly host: string;
  /** RFC 3339: every line read up to this time can be found; absent before the first watermark is loaded. */
  readonly completeTo?: string;
  readonly lastSeenMs: number;
  /** Absent after a restart of the aggregator until the collector's next post. */
  readonly status?: CollectorStatus;
}

/** What a post says beside its rows. */
export interface Sighting {
  readonly collector: string;
  readonly epoch: string;
  /** Of the post, or the last acknowledged one for a heartbeat. */
  readonly sequence: number;
  readonly watermark?: string;
  readonly status?: CollectorStatus;
}

/** Up to when the store has everything, per collector and over all. */
export interface Completeness {
  hosts(): readonly HostCompleteness[];
  /**
   * The least of the hosts that were seen in the last five minutes; undefined when none has a watermark, and while one
   * has sent its first and nothing of it is loaded.
   */
  completeToNs(): bigint | undefined;
  /** A batch is in the spool. */
  accepted(sighting: Sighting): void;
  /** A batch is in the store. */
  loaded(batch: Sighting): void;
  /** A post without new rows: its watermark counts when every batch up to its sequence is loaded. */
  heartbeat(sighting: Sighting): void;
}

interface Collector {
  epoch: string;
  host: string;
  seenMs: number;
  status: CollectorStatus | undefined;
  completeNs: bigint | undefined;
  /** It has sent a watermark, in whatever batch. */
  sendsWatermarks: boolean;
  acceptedSequence: number;
  loadedSequence: number;
  waiting: { readonly sequence: number; readonly ns: bigint } | undefined;
}

export function createCompleteness(options: { readonly spool: Spool; readonly clock: Clock }): Completeness {
  return new CollectorCompleteness(options.spool, options.clock);
}

class CollectorCompleteness implements Completeness {
  readonly #clock: Clock;
  /** By collector, the one that was seen last at the end. */
  readonly #collectors = new Map<string, Collector>();

  constructor(spool: Spool, clock: Clock) {
    this.#clock = clock;
    for (const { collector, epoch, position } of collectorPositions(spool.positions)) {
      const { sequence, watermark, host, seenMs } = position;
      const one = this.#touch({ collector, epoch, sequence }, seenMs, host ?? collector);
      one.acceptedSequence = sequence;
      one.sendsWatermarks = watermark !== undefined;
      this.loaded({ collector, epoch, sequence, ...(watermark ? { watermark } : {}) });
    }
    this.#takeBackWaiting(spool);
  }

  hosts(): readonly HostCompleteness[] {
    return [...this.#collectors].map(([collector, one]) => ({
      collector,
      host: one.host,
      ...(one.completeNs === undefined ? {} : { completeTo: formatNanos(one.completeNs) }),
      lastSeenMs: one.seenMs,
      ...(one.status === undefined ? {} : { status: one.status }),
    }));
  }

  completeToNs(): bigint | undefined {
    const sinceMs = this.#clock.nowMs() - goneAfterMs;
    let least: bigint | undefined;
    for (const { seenMs, completeNs, sendsWatermarks } of this.#collectors.values()) {
      if (seenMs < sinceMs || !sendsWatermarks) continue;
      if (completeNs === undefined) return undefined;
      if (least === undefined || completeNs < least) least = completeNs;
    }
    return least;
  }

  accepted(sighting: Sighting): void {
    const one = this.#see(sighting);
    one.acceptedSequence = Math.max(one.acceptedSequence, sighting.sequence);
  }

  loaded(batch: Sighting): void {
    const one = this.#collectors.get(batch.collector);
    if (one?.epoch !== batch.epoch) return;
    one.loadedSequence = Math.max(one.loadedSequence, batch.sequence);
    raise(one, parseNanos(batch.watermark ?? ""));
    if (!one.waiting || one.waiting.sequence > one.loadedSequence) return;
    raise(one, one.waiting.ns);
    one.waiting = undefined;
  }

  heartbeat(sighting: Sighting): void {
    const one = this.#see(sighting);
    const ns = parseNanos(sighting.watermark ?? "");
    if (ns === undefined) return;
    const sequence = Math.min(sighting.sequence, one.acceptedSequence);
    if (one.loadedSequence >= sequence) raise(one, ns);
    else one.waiting = { sequence, ns };
  }

  #see(sighting: Sighting): Collector {
    const { collector, status } = sighting;
    const host = status?.host ?? this.#collectors.get(collector)?.host ?? collector;
    const one = this.#touch(sighting, this.#clock.nowMs(), host);
    if (sighting.watermark !== undefined) one.sendsWatermarks = true;
    if (status) one.status = status;
    return one;
  }

  #touch({ collector, epoch }: Sighting, seenMs: number, host: string): Collector {
    const known = this.#collectors.get(collector);
    this.#collectors.delete(collector);
    const fresh = {
      ...{ acceptedSequence: 0, loadedSequence: 0 },
      ...{ completeNs: undefined, waiting: undefined, sendsWatermarks: false },
    };
    // A new epoch is a new spool: its sequences start anew, and so does what is complete.
    const kept = known?.epoch === epoch ? known : { ...fresh, epoch, status: known?.status };
    const one: Collector = { ...kept, host, seenMs };
    this.#collectors.set(collector, one);
    if (this.#collectors.size > collectorsMax) this.#collectors.delete(this.#collectors.keys().next().value!);
    return one;
  }

  /** Batches that are in the spool still are not loaded: what is complete is what was before the first of them. */
  #takeBackWaiting(spool: Spool): void {
    const seen = new Set<string>();
    for (let segment = spool.next(0); segment; segment = spool.next(segment.sequence)) {
      const { source, watermarkBefore } = decodeMeta(segment.meta);
      const one = source && this.#collectors.get(source.collector);
      if (!one || one.epoch !== source.epoch || seen.has(source.collector)) continue;
      seen.add(source.collector);
      one.loadedSequence = source.sequence - 1;
      one.completeNs = watermarkBefore === undefined ? undefined : parseNanos(watermarkBefore);
    }
  }
}

function raise(one: Collector, ns: bigint | undefined): void {
  if (ns !== undefined && (one.completeNs === undefined || ns > one.completeNs)) one.completeNs = ns;
}
