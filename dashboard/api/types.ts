import type { JoinedRow } from "../../common/wire/row.ts";

/** A row of the store as the API answers it, its origin joined. */
export type Row = JoinedRow;

/** What every answer about lines says of itself. Times are RFC 3339. */
interface Completeness {
  /** Null when the answer is whole. */
  readonly partial: "deadline" | "limit" | null;
  /** Every host's lines are in up to this time; null while nothing is known. */
  readonly completeTo: string | null;
  readonly from: string;
  readonly to: string;
  readonly tookMs: number;
  readonly queryError?: { readonly message: string; readonly from: number; readonly to: number };
}

export interface LogsAnswer extends Completeness {
  readonly rows?: readonly Row[];
  readonly groups?: readonly { readonly key: readonly (string | null)[]; readonly count: number }[];
  readonly by?: readonly string[];
  readonly cursor?: string | null;
}

export interface HistogramAnswer extends Completeness {
  /** Milliseconds. */
  readonly interval: number;
  readonly series: readonly HistogramSeries[];
  readonly total: number;
}

export interface HistogramSeries {
  readonly key: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface TopAnswer extends Completeness {
  readonly field: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly other: number;
}

export interface StatsAnswer extends Completeness {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface FieldsAnswer extends Completeness {
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly count: number;
    readonly of: number;
  }[];
}

export interface ContextAnswer {
  readonly rows: readonly Row[];
}

type StatusClasses = Readonly<Record<"other" | "1xx" | "2xx" | "3xx" | "4xx" | "5xx", number>>;

/** Counts of other, 1xx, 2xx, 3xx, 4xx, 5xx. */
export type ClassCounts = readonly [number, number, number, number, number, number];

interface Figures {
  readonly requests: number;
  /** Per second, over the part of the range that is complete. */
  readonly requestRate: number;
  readonly statusClasses: StatusClasses;
  /** 5xx of all requests; null without requests. */
  readonly errorRatio: number | null;
  readonly p95Ns?: number | null;
  readonly logErrors?: number;
  readonly lines?: number;
}

export interface AppPoint {
  readonly timeMs: number;
  readonly requests: ClassCounts;
  readonly lines: number;
  readonly errors: number;
  readonly p95Ns?: number | null;
}

export interface App extends Figures {
  readonly app: string;
  readonly edge: boolean;
  readonly versions: readonly string[];
  readonly instances: { readonly running: number; readonly total: number };
  /** The last 5 minutes of the complete part. */
  readonly recent: Figures & { readonly from: string; readonly to: string };
  readonly points: readonly AppPoint[];
}

export interface AppsAnswer extends Completeness {
  readonly interval: number;
  /** Which apps the cluster-wide figures count. */
  readonly counted: { readonly basis: "edge" | "all"; readonly apps: readonly string[] };
  readonly cluster: Figures & {
    readonly recent: Figures & { readonly from: string; readonly to: string };
    readonly points: readonly AppPoint[];
    readonly statuses: readonly {
      readonly status: number;
      readonly points: readonly (readonly [number, number])[];
    }[];
  };
  readonly apps: readonly App[];
}

export interface Host {
  readonly host: string;
  readonly lastHeard: string;
  readonly stale: boolean;
  readonly behindSeconds: number | null;
  readonly docker: {
    readonly state: "connected" | "waiting";
    readonly socket: string;
    readonly since: string;
    readonly error?: string;
  } | null;
}

export interface HostsAnswer {
  readonly hosts: readonly Host[];
}

export interface StatusAnswer {
  readonly version: string;
  readonly now: string;
  readonly state: "ready" | "degraded" | "stopping";
  readonly reasons: readonly string[];
  readonly keptSince: string | null;
  readonly completeTo: string | null;
  readonly behindSeconds: number | null;
  readonly ingest: { readonly linesPerSecond: number; readonly lines: number };
  /** Null when the store cannot say. */
  readonly lostLinesToday: number | null;
  readonly collectors: { readonly total: number; readonly dockerWaiting: number };
}
