import { SeamarkError } from "../../../common/base/errors.ts";
import type { AppCounters, AppPoint, AppSeries, ReadOptions, TimeRange } from "../log-store.ts";
import { CounterRows } from "./counter-rows.ts";
import type { SqlRow } from "./engine.ts";
import { bucketNs } from "./latency-buckets.ts";
import type { Scanner } from "./scanner.ts";
import { textList } from "./sql-text.ts";

type Statuses = Awaited<ReturnType<AppCounters["statuses"]>>;

interface Series {
  edge: boolean;
  /** When each was seen first. */
  versions: Map<string, number>;
  points: Map<number, { -readonly [K in keyof AppPoint]: AppPoint[K] }>;
  p95Ns: number | undefined;
}

/**
 * Figures per app from the counters of the files. A range is widened to whole minutes. The latency of minutes whose
 * lines are deleted is kept per hour: there a point that is narrower than an hour has it at the full hour only.
 */
export class DuckdbCounters implements AppCounters {
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  async apps(range: TimeRange, intervalMs: number, options: ReadOptions): Promise<readonly AppSeries[]> {
    const minutes = minutesOf(intervalMs);
    const series = new Map<string, Series>();
    await this.#whole(range, options, async (rows) => {
      readCounts(series, await rows.query("counters", range, (t) => countsSql(t, minutes)), intervalMs);
      for (const [app, time, bucket] of await rows.query("latency", range, (t) => p95Sql(t, minutes))) {
        const one = series.get(String(app));
        const p95Ns = bucketNs(Number(bucket));
        if (one && time === null) one.p95Ns = p95Ns;
        const point = one?.points.get(Number(time) * intervalMs);
        if (point && time !== null) point.p95Ns = p95Ns;
      }
    });
    return [...series].map(([app, one]) => seriesOf(app, one));
  }

  async statuses(
    range: TimeRange,
    intervalMs: number,
    apps: readonly string[] | undefined,
    options: ReadOptions,
  ): Promise<Statuses> {
    const minutes = minutesOf(intervalMs);
    const only = apps === undefined ? "true" : `list_contains(${textList(apps)}::VARCHAR[], c.app)`;
    const points = new Map<number, [number, number][]>();
    await this.#whole(range, options, async (rows) => {
      const sql = (table: string) =>
        `SELECT c.status, c.minute // ${minutes}, sum(c.requests) FROM ${table} c
         WHERE c.requests > 0 AND ${only} GROUP BY ALL ORDER BY ALL`;
      for (const [status, time, count] of await rows.query("counters", range, sql)) {
        const list = points.get(Number(status)) ?? [];
        list.push([Number(time) * intervalMs, Number(count)]);
        points.set(Number(status), list);
      }
    });
    return [...points].map(([status, list]) => ({ status, points: list }));
  }

  /** These answers have no way to say that they are not whole, so a deadline is an error. */
  async #whole(
    range: TimeRange,
    options: ReadOptions,
    work: (rows: CounterRows) => Promise<void>,
  ): Promise<void> {
    const { partial } = await this.#scanner.run(range, options, (scan) => work(new CounterRows(scan)));
    if (partial !== undefined)
      throw new SeamarkError("timeout", `the counters were not read within ${options.deadlineMs} ms`, {
        hint: "ask for a shorter time range",
      });
  }
}

function minutesOf(intervalMs: number): number {
  if (Number.isInteger(intervalMs) && intervalMs > 0 && intervalMs % 60_000 === 0) return intervalMs / 60_000;
  throw new SeamarkError("bad_request", `interval ${intervalMs} ms: expected a multiple of one minute`);
}

function countsSql(table: string, minutes: number): string {
  return `SELECT c.app, c.minute // ${minutes}, CASE WHEN c.status BETWEEN 100 AND 599 THEN c.status // 100 ELSE 0 END,
      sum(c.requests), sum(c.lines), sum(c.lines) FILTER (WHERE c.level IN ('error', 'fatal')),
      coalesce(bool_or(c.edge), false), c.version
    FROM ${table} c WHERE c.app IS NOT NULL GROUP BY ALL ORDER BY ALL`;
}

/**
 * Per app and time the first bucket up to which 95 % of the requests are; with the time null, per app over the whole
 * range.
 */
function p95Sql(table: string, minutes: number): string {
  return `WITH counted AS MATERIALIZED (
      SELECT c.app, c.minute // ${minutes} AS time, c.bucket, sum(c.count) AS count FROM ${table} c
      WHERE c.app IS NOT NULL GROUP BY ALL),
    both_spans AS (
      FROM counted UNION ALL SELECT app, NULL, bucket, sum(count) FROM counted GROUP BY app, bucket)
    SELECT app, time, min(bucket) FROM (
      SELECT app, time, bucket, sum(count) OVER (PARTITION BY app, time ORDER BY bucket) AS upto,
        sum(count) OVER (PARTITION BY app, time) AS total
      FROM both_spans)
    WHERE upto >= ceil(0.95 * total) GROUP BY ALL`;
}

function readCounts(series: Map<string, Series>, rows: readonly SqlRow[], intervalMs: number): void {
  for (const [app, time, statusClass, requests, lines, errors, edge, version] of rows) {
    const name = String(app);
    const one = series.get(name) ?? { edge: false, versions: new Map(), points: new Map(), p95Ns: undefined };
    series.set(name, one);
    one.edge ||= edge === true;
    const timeMs = Number(time) * intervalMs;
    const point = one.points.get(timeMs) ?? { timeMs, requests: [0, 0, 0, 0, 0, 0], lines: 0, errors: 0 };
    one.points.set(timeMs, point);
    const counts = [...point.requests] as [number, number, number, number, number, number];
    counts[Number(statusClass)]! += Number(requests);
    point.requests = counts;
    point.lines += Number(lines);
    point.errors += Number(errors ?? 0);
    if (version !== null)
      one.versions.set(String(version), Math.min(timeMs, one.versions.get(String(version)) ?? timeMs));
  }
}

function seriesOf(app: string, { edge, versions, points, p95Ns }: Series): AppSeries {
  const newestFirst = [...versions].sort(([a, since], [b, other]) => other - since || (a < b ? 1 : -1));
  return {
    app,
    edge,
    versions: newestFirst.map(([version]) => version),
    points: [...points.values()],
    ...(p95Ns === undefined ? {} : { p95Ns }),
  };
}
