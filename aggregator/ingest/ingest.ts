import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Counter, Metrics } from "../../common/base/metrics.ts";
import { msToNanos } from "../../common/base/nanotime.ts";
import { RowSummary } from "../../common/spool/row-summary.ts";
import type { Json, Positions, Spool } from "../../common/spool/spool.ts";
import { ingestHeaders, type SegmentKind } from "../../common/wire/ingest.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import { type BatchMeta, collectorPositions, encodeMeta, positionKey } from "./batch-meta.ts";
import { openBody } from "./body.ts";
import { type Completeness, collectorsMax, type Sighting } from "./completeness.ts";
import { type Headers, type Identity, readIdentity } from "./identity.ts";
import { parseRows } from "./ndjson.ts";
import { type IngestResult, Refusal } from "./refusal.ts";
import { checkLogRow, checkOrigin } from "./row-check.ts";

/** Bodies that are decompressed and parsed at the same time; each may hold 64 MiB of text and its rows. */
const atOnceMax = 4;
/** Of compressed bodies that wait for their turn. */
const waitingBytesMax = 128 * 1024 * 1024;
/** The loader makes room within this time, unless the store itself is in trouble. */
const retryAfterFullS = 2;
const retryAfterBusyS = 1;

export interface IngestRequest {
  readonly kind: SegmentKind;
  readonly headers: Headers;
  /** As it was sent, still compressed. */
  readonly body: Buffer;
  /** The header `content-encoding`. */
  readonly encoding: string | undefined;
}

/** Called after the rows are durable, in the order in which each collector sent them. Must not throw. */
export interface IngestHooks {
  readonly onOrigins?: (origins: readonly Origin[]) => void;
  readonly onRows?: (rows: readonly LogRow[], acceptedNs: bigint) => void;
}

export interface IngestOptions {
  readonly spool: Spool;
  readonly completeness: Completeness;
  readonly hooks: IngestHooks;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Ingest {
  /** 204 means durable, or seen before. Never rejects for what a client sent. */
  accept(request: IngestRequest): Promise<IngestResult>;
}

export function createIngest(options: IngestOptions): Ingest {
  return new SpoolIngest(options);
}

class SpoolIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #counters: ReturnType<typeof ingestCounters>;
  /** The post of a collector that is being taken: the next one of the same epoch waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #running = 0;
  #heldBytes = 0;
  readonly #queue: (() => void)[] = [];

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#counters = ingestCounters(options.metrics);
  }

  async accept(request: IngestRequest): Promise<IngestResult> {
    const result = await this.#answer(request);
    this.#counters.posts.add(1, { status: String(result.status) });
    return result;
  }

  async #answer(request: IngestRequest): Promise<IngestResult> {
    try {
      const identity = readIdentity(request.headers, request.kind, request.body.length === 0);
      await this.#take(request, identity);
      return { status: 204, headers: { [ingestHeaders.aggregator]: this.#options.spool.epoch } };
    } catch (error) {
      if (error instanceof Refusal) return error.result;
      if (error instanceof SeamarkError) return this.#unavailable(error);
      throw error;
    }
  }

  async #take(request: IngestRequest, identity: Identity): Promise<void> {
    if (request.body.length === 0) return this.#heartbeat(identity);
    if (this.#heldBytes + request.body.length > waitingBytesMax) {
      throw new Refusal({
        status: 429,
        detail: `${this.#heldBytes} bytes of posts wait already`,
        hint: "post it again",
        retryAfterS: retryAfterBusyS,
      });
    }
    this.#heldBytes += request.body.length;
    try {
      await this.#inTurn(positionKey(identity.collector, identity.epoch), async () => {
        if (this.#isSeen(identity)) this.#repeat(identity);
        else await this.#withSlot(() => this.#store(request, identity));
      });
    } finally {
      this.#heldBytes -= request.body.length;
    }
  }

  #heartbeat(identity: Identity): void {
    this.#options.completeness.heartbeat({ ...identity, sequence: identity.sequence ?? 0 });
  }

  #repeat(identity: Identity): void {
    this.#counters.repeats.add(1);
    this.#heartbeat(identity);
  }

  /** The highest sequence is enough: a collector posts in order, and what it left out it has given up. */
  #isSeen({ collector, epoch, sequence }: Identity): boolean {
    if (sequence === undefined) return false;
    const position = this.#options.spool.positions.get(positionKey(collector, epoch));
    return position !== undefined && (position as { readonly sequence: number }).sequence >= sequence;
  }

  async #store(request: IngestRequest, identity: Identity): Promise<void> {
    const { ndjson, frame } = await openBody(request.body, request.encoding);
    const isOrigins = request.kind === "origins";
    const rows = await parseRows<LogRow | Origin>(ndjson, isOrigins ? checkOrigin : checkLogRow);
    const acceptedNs = msToNanos(this.#options.clock.nowMs());
    if (rows.length > 0) {
      const summary = isOrigins ? {} : summaryOf(rows as readonly LogRow[]);
      const meta = { ...encodeMeta(this.#metaOf(identity, acceptedNs)), ...summary };
      const positions = this.#positionsOf(identity);
      await this.#options.spool.append({
        kind: request.kind,
        body: frame,
        rows: rows.length,
        positions,
        meta,
      });
    }
    this.#counters.rows.add(rows.length, { kind: request.kind });
    this.#counters.bytes.add(request.body.length);
    const { completeness, hooks } = this.#options;
    if (identity.sequence !== undefined) completeness.accepted(identity as Sighting);
    if (isOrigins) hooks.onOrigins?.(rows as readonly Origin[]);
    else hooks.onRows?.(rows as readonly LogRow[], acceptedNs);
  }

  #metaOf(identity: Identity, acceptedNs: bigint): BatchMeta {
    const { collector, epoch, sequence, watermark } = identity;
    if (sequence === undefined) return { acceptedNs };
    const before = this.#options.spool.positions.get(positionKey(collector, epoch));
    const watermarkBefore = (before as { readonly watermark?: string } | undefined)?.watermark;
    return {
      source: { collector, epoch, sequence },
      acceptedNs,
      ...(watermark === undefined ? {} : { watermark }),
      ...(watermarkBefore === undefined ? {} : { watermarkBefore }),
    };
  }

  #positionsOf(identity: Identity): Positions {
    const { collector, epoch, sequence, watermark, status } = identity;
    if (sequence === undefined) return {};
    const { spool, clock } = this.#options;
    const key = positionKey(collector, epoch);
    const before = spool.positions.get(key) as { watermark?: string; host?: string } | undefined;
    const taken: Record<string, Json> = { sequence, seenMs: clock.nowMs() };
    const mark = watermark ?? before?.watermark;
    const host = status?.host ?? before?.host;
    if (mark !== undefined) taken["watermark"] = mark;
    if (host !== undefined) taken["host"] = host;
    return before ? { [key]: taken } : { ...this.#forgotten(), [key]: taken };
  }

  /** Room for one more collector: those that posted longest ago are forgotten. */
  #forgotten(): Positions {
    const keys = [...collectorPositions(this.#options.spool.positions)].map(({ key }) => key);
    const over = keys.slice(0, Math.max(0, keys.length + 1 - collectorsMax));
    return Object.fromEntries(over.map((key) => [key, null]));
  }

  #unavailable(error: SeamarkError): IngestResult {
    const status = error.code === "full" ? 429 : 503;
    const hint = error.hint ?? "post it again later";
    return { status, detail: error.message, hint, retryAfterS: retryAfterFullS };
  }

  /** A repeat that comes while the first is being made durable must wait to see it. */
  async #inTurn(key: string, act: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.then(act);
    const settled = turn.catch(() => undefined);
    this.#turns.set(key, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }

  async #withSlot(act: () => Promise<void>): Promise<void> {
    if (this.#running >= atOnceMax) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running += 1;
    try {
      await act();
    } finally {
      // A slot that somebody waits for is handed on, not given back.
      const next = this.#queue.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

function summaryOf(rows: readonly LogRow[]): Readonly<Record<string, Json>> {
  const summary = new RowSummary();
  for (const row of rows) summary.add(row["origin.id"], row["@timestamp"]);
  return summary.toMeta();
}

function ingestCounters(metrics: Metrics): {
  readonly posts: Counter;
  readonly rows: Counter;
  readonly bytes: Counter;
  readonly repeats: Counter;
} {
  return {
    posts: metrics.counter("seamark_ingest_posts_total", "Posts of collectors, by the status of the answer"),
    rows: metrics.counter("seamark_ingest_rows_total", "Rows that were accepted, by kind"),
    bytes: metrics.counter("seamark_ingest_bytes_total", "Bytes that were accepted, as sent"),
    repeats: metrics.counter("seamark_ingest_repeats_total", "Posts that had been taken before"),
  };
}

export type { IngestResult } from "./refusal.ts";
