import type { Filter, Query } from "../../common/query/ast.ts";
import type { JoinedRow, LogRow, Origin } from "../../common/wire/row.ts";

/** Half-open: `fromNs <= @timestamp < toNs`; nanoseconds since the epoch. */
export interface TimeRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** Every read can be bounded and cancelled. */
export interface ReadOptions {
  /** The answer comes by then, with `partial` set when it is not whole; milliseconds from the call. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Why an answer is not whole. */
export type Partial = "deadline" | "limit";

export interface SearchRequest {
  readonly filter: Filter;
  readonly range: TimeRange;
  /** 1 to 10,000. */
  readonly limit: number;
  readonly order: "asc" | "desc";
  /** The id of the last row of the page before; rows strictly after it in `order`. */
  readonly cursor?: string;
}

export interface SearchAnswer {
  readonly rows: readonly JoinedRow[];
  /** Where the next page starts; absent when there is none. */
  readonly cursor?: string;
  readonly partial?: Partial;
}

/**
 * Histogram, count, top and stats count lines: continuation lines of a stack trace, gaps and events are left out,
 * unless the filter looks into the text (a word may stand in a continuation line) or names `event.kind`,
 * `event.group`, `event.action`, `event.reason`, `event.start`, `event.end` or `event.count`.
 */
export interface HistogramRequest {
  readonly filter: Filter;
  readonly range: TimeRange;
  /** Milliseconds; buckets are aligned to multiples of it since the epoch. */
  readonly intervalMs: number;
  /** `status_class` gives `2xx` … `5xx`; a field name gives its ten most frequent values and `other`. */
  readonly by?: string;
}

export interface HistogramAnswer {
  /** Rows without the `by` value have the key `` (empty). Points are ascending, empty buckets left out. */
  readonly series: readonly {
    readonly key: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  readonly total: number;
  readonly partial?: Partial;
}

export interface TopAnswer {
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Rows that have the field with another value. */
  readonly other: number;
  readonly partial?: Partial;
}

/** Of the numeric field's values; all but `count` are null when there is none. */
export interface StatsAnswer {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly partial?: Partial;
}

export interface FieldCoverage {
  readonly name: string;
  readonly type: string;
  /** Rows in which the field is present, of the rows that were looked at. */
  readonly count: number;
  readonly of: number;
}

export interface CountGroup {
  readonly key: readonly (string | null)[];
  readonly count: number;
}

/** One batch as the ingest accepted it: the file in the spool and its identity. */
export interface Batch {
  /** `<collector>/<epoch>/<sequence>`: the store holds a batch once, however often it is appended. */
  readonly id: string;
  readonly kind: "logs" | "events" | "origins";
  /** A zstd file of NDJSON lines (`LogRow` or `Origin`). */
  readonly path: string;
  readonly rows: number;
  /** When the aggregator accepted it, nanoseconds since the epoch: `event.ingested`. */
  readonly acceptedNs: bigint;
}

/** A line that the store refused, with the reason that it gave. */
export interface RefusedLine {
  readonly batch: string;
  /** 1-based number within the batch. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface AppendResult {
  readonly rowsAppended: number;
  /** Rows older than the retention; they would be deleted at once. */
  readonly rowsTooOld: number;
  readonly refused: readonly RefusedLine[];
}

/**
 * Where log rows live. One interface, one conformance suite (`test/conformance/log-store.ts`), a driver per store.
 * Ordering is by (`@timestamp`, `origin.id`, `event.sequence`). Reads see whole batches only. A read that is
 * cancelled rejects with a SeamarkError `cancelled`.
 */
export interface LogStore {
  /** Durable when it resolves; appending a batch again changes nothing. */
  append(batches: readonly Batch[]): Promise<AppendResult>;
  search(request: SearchRequest, options: ReadOptions): Promise<SearchAnswer>;
  histogram(request: HistogramRequest, options: ReadOptions): Promise<HistogramAnswer>;
  /** `| count by …`: the 1,000 largest groups, descending. */
  count(
    query: Query,
    range: TimeRange,
    options: ReadOptions,
  ): Promise<{ groups: readonly CountGroup[]; partial?: Partial }>;
  top(filter: Filter, range: TimeRange, field: string, n: number, options: ReadOptions): Promise<TopAnswer>;
  stats(filter: Filter, range: TimeRange, field: string, options: ReadOptions): Promise<StatsAnswer>;
  /** Lines around one row of the same origin, ascending, the row itself in the middle; null when it is not there. */
  context(
    id: string,
    before: number,
    after: number,
    options: ReadOptions,
  ): Promise<readonly JoinedRow[] | null>;
  /** Coverage over a bounded sample of the matching rows, newest first. */
  fields(filter: Filter, range: TimeRange, options: ReadOptions): Promise<readonly FieldCoverage[]>;
  /** Deletes whole files older than the time; resolves with the first time that is still kept. */
  drop(beforeNs: bigint): Promise<void>;
  /** Since when lines are kept; undefined while the store is empty. */
  keptSinceNs(): bigint | undefined;
  close(): Promise<void>;
}

/** One minute (or a multiple) of one app. All counts leave continuation lines, gaps and events out. */
export interface AppPoint {
  readonly timeMs: number;
  /** HTTP requests by class, index 0 is `other`, 1 to 5 are 1xx to 5xx. */
  readonly requests: readonly [number, number, number, number, number, number];
  readonly lines: number;
  /** Lines of level error and fatal. */
  readonly errors: number;
  /** Nanoseconds; absent without a duration. From the mergeable histogram, so within its bucket width. */
  readonly p95Ns?: number;
}

export interface AppSeries {
  readonly app: string;
  readonly edge: boolean;
  /** Versions seen in the range, the newest first. */
  readonly versions: readonly string[];
  readonly points: readonly AppPoint[];
  /** p95 over the whole range. */
  readonly p95Ns?: number;
}

/** Figures per app that are kept 400 days; written in the transaction of the rows that they count. */
export interface AppCounters {
  // A range is widened to whole minutes. A deadline that passes is an error `timeout`: there is no part of an answer.
  /** Ascending points at multiples of `intervalMs` (a multiple of one minute); empty buckets left out. */
  apps(range: TimeRange, intervalMs: number, options: ReadOptions): Promise<readonly AppSeries[]>;
  /** The cluster-wide status codes: exact code → points. */
  statuses(
    range: TimeRange,
    intervalMs: number,
    apps: readonly string[] | undefined,
    options: ReadOptions,
  ): Promise<readonly { readonly status: number; readonly points: readonly (readonly [number, number])[] }[]>;
}

/** A container run as the inventory knows it, from its origin and its event rows. */
export interface ContainerRecord {
  readonly origin: Origin;
  readonly state: "running" | "exited" | "removed" | "unknown";
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Starts that event rows told of. */
  readonly starts: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Origins and container states. Kept in memory and on disk by the store's driver. */
export interface Inventory {
  origin(id: string): Origin | undefined;
  containers(): readonly ContainerRecord[];
}

/** A line kept aside because the store refused it. */
export interface DeadLetter extends RefusedLine {
  readonly id: string;
  readonly time: string;
}

/** What one driver gives the aggregator. */
export interface Store {
  readonly logs: LogStore;
  readonly counters: AppCounters;
  readonly inventory: Inventory;
}

/** The parts of a row's id, or undefined when the text is not one. */
export interface RowId {
  readonly timeNs: bigint;
  readonly originId: string;
  readonly sequence: number;
}

export function parseRowId(id: string): RowId | undefined {
  const match = /^(-?\d{1,19})-([0-9a-f]{16})-(\d{1,16})$/.exec(id);
  if (!match) return undefined;
  return { timeNs: BigInt(match[1]!), originId: match[2]!, sequence: Number(match[3]) };
}

export type { JoinedRow, LogRow, Origin };
