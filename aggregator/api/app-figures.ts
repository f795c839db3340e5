import type { AppPoint, AppSeries, ContainerRecord, TimeRange } from "../store/log-store.ts";

const minuteNs = 60_000_000_000n;
/** What "now" means on the Overview: long enough to be steady, short enough to show what has just begun. */
const recentNs = 5n * minuteNs;

/** Index 0 is `other`, 1 to 5 are 1xx to 5xx; as in `AppPoint`. */
type Requests = AppPoint["requests"];

export interface StatusClasses {
  readonly other: number;
  readonly "1xx": number;
  readonly "2xx": number;
  readonly "3xx": number;
  readonly "4xx": number;
  readonly "5xx": number;
}

export interface Figures {
  readonly requests: number;
  /** Per second. */
  readonly requestRate: number;
  readonly statusClasses: StatusClasses;
  /** Share of 5xx; null without requests. */
  readonly errorRatio: number | null;
  readonly logErrors: number;
  readonly lines: number;
}

export interface ClusterPoint {
  readonly timeMs: number;
  readonly requests: Requests;
  readonly lines: number;
  readonly errors: number;
}

/** Widens the range to whole buckets at its start and to a whole minute at its end: counters are per minute. */
export function alignRange({ fromNs, toNs }: TimeRange, intervalMs: number): TimeRange {
  const intervalNs = BigInt(intervalMs) * 1_000_000n;
  return { fromNs: fromNs - (fromNs % intervalNs), toNs: ((toNs + minuteNs - 1n) / minuteNs) * minuteNs };
}

/** The part of the range that lines are known of: rates divide by its length. */
export function coveredRange(
  range: TimeRange,
  known: {
    readonly keptSinceNs: bigint | undefined;
    readonly completeToNs: bigint | undefined;
    readonly nowNs: bigint;
  },
): TimeRange {
  const ends = [range.toNs, known.nowNs, known.completeToNs ?? known.nowNs];
  const toNs = ends.reduce(earlier);
  return { fromNs: earlier(later(range.fromNs, known.keptSinceNs ?? range.fromNs), toNs), toNs };
}

function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** The last five minutes of the covered range, widened to whole minutes at its start. */
export function recentRange(covered: TimeRange): TimeRange {
  const wishedNs = covered.toNs - recentNs;
  const startNs = wishedNs - (wishedNs % minuteNs);
  return { fromNs: later(startNs, covered.fromNs), toNs: covered.toNs };
}

export function figuresOf(points: readonly ClusterPoint[], covered: TimeRange): Figures {
  const sums: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
  let lines = 0;
  let logErrors = 0;
  for (const point of points) {
    for (const [index, count] of point.requests.entries()) sums[index]! += count;
    lines += point.lines;
    logErrors += point.errors;
  }
  const requests = sums.reduce((sum, count) => sum + count, 0);
  const seconds = Number(covered.toNs - covered.fromNs) / 1e9;
  const [other, c1, c2, c3, c4, c5] = sums;
  return {
    requests,
    requestRate: seconds > 0 ? requests / seconds : 0,
    statusClasses: { other, "1xx": c1, "2xx": c2, "3xx": c3, "4xx": c4, "5xx": c5 },
    errorRatio: requests > 0 ? c5 / requests : null,
    logErrors,
    lines,
  };
}

/**
 * The cluster's points: requests of the apps that count (an edge and the API behind it log the same request),
 * lines and errors of all apps.
 */
export function clusterPoints(series: readonly AppSeries[], counted: ReadonlySet<string>): ClusterPoint[] {
  const byTime = new Map<number, { requests: number[]; lines: number; errors: number }>();
  for (const { app, points } of series) {
    for (const point of points) {
      const sum = byTime.get(point.timeMs) ?? { requests: [0, 0, 0, 0, 0, 0], lines: 0, errors: 0 };
      byTime.set(point.timeMs, sum);
      sum.lines += point.lines;
      sum.errors += point.errors;
      if (counted.has(app))
        for (const [index, count] of point.requests.entries()) sum.requests[index]! += count;
    }
  }
  const points = [...byTime].sort(([a], [b]) => a - b);
  return points.map(([timeMs, sum]) => ({ timeMs, ...sum, requests: sum.requests as unknown as Requests }));
}

/** Which apps the cluster-wide figures count. */
export function countedApps(series: readonly AppSeries[]): {
  readonly basis: "edge" | "all";
  readonly apps: readonly string[];
} {
  const edges = series.filter((one) => one.edge).map((one) => one.app);
  if (edges.length > 0) return { basis: "edge", apps: edges };
  const serving = series.filter((one) =>
    one.points.some((point) => point.requests.some((count) => count > 0)),
  );
  return { basis: "all", apps: serving.map((one) => one.app) };
}

export interface AppInstances {
  readonly running: number;
  /** Containers that still exist. */
  readonly total: number;
  readonly edge: boolean;
  readonly versions: readonly string[];
}

/**
 * The containers of each app, by the app's name. Those of a host that is not heard of any more do not count: nobody
 * would ever tell that they ended.
 */
export function instancesByApp(
  containers: readonly ContainerRecord[],
  hosts: ReadonlySet<string>,
): Map<string, AppInstances> {
  const byApp = new Map<string, AppInstances>();
  for (const { origin, state } of containers) {
    const app = origin["service.name"];
    if (app === undefined || state === "removed" || !hosts.has(origin["host.name"])) continue;
    const known = byApp.get(app) ?? { running: 0, total: 0, edge: false, versions: [] };
    const version = origin["service.version"];
    const fresh = version !== undefined && !known.versions.includes(version);
    byApp.set(app, {
      running: known.running + (state === "running" ? 1 : 0),
      total: known.total + 1,
      edge: known.edge || origin["seamark.edge"] === true,
      versions: fresh ? [...known.versions, version] : known.versions,
    });
  }
  return byApp;
}

/** Series of the apps that were counted, and empty ones of the apps that run without having printed a line. */
export function withQuietApps(
  series: readonly AppSeries[],
  instances: ReadonlyMap<string, AppInstances>,
): AppSeries[] {
  const counted = new Set(series.map((one) => one.app));
  const quiet = [...instances].filter(([app, { running }]) => running > 0 && !counted.has(app));
  return [...series, ...quiet.map(([app, { edge, versions }]) => ({ app, edge, versions, points: [] }))];
}
