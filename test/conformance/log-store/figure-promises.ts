import { beforeAll, expect, test } from "vitest";
import type { JoinedRow, LogRow, Origin, TimeRange } from "../../../aggregator/store/log-store.ts";
import { parseNanos } from "../../../common/base/nanotime.ts";
import { compilePredicate } from "../../../common/query/predicate.ts";
import { minute, originOf, rowOf, second } from "../batches.ts";
import { all, type Bench, everything, type NewBench, now, query, read, rowsOf } from "./bench.ts";

/** Two hours of requests and other lines, so that every figure can be counted again in the test. */
function trafficRows(): { origins: Origin[]; rows: LogRow[] } {
  const origins = [
    originOf(1, { "service.name": "edge", "service.version": "1", "seamark.edge": true }),
    originOf(2, { "service.name": "api", "service.version": "1" }),
    originOf(3, { "service.name": "api", "service.version": "2" }),
    originOf(4),
  ];
  const rows: LogRow[] = [];
  for (let n = 0; n < 1500; n++) {
    const more: Record<string, unknown> = { "log.level": ["info", "warn", "error", "fatal"][n % 4]! };
    if (n % 3 !== 0) more["http.response.status_code"] = [200, 304, 404, 500, 503, 999][n % 6]!;
    if (n % 5 !== 0) Object.assign(more, { "http.request.method": "GET", "url.path": `/p/${n % 23}` });
    if (n % 7 !== 0) more["event.duration"] = 1_000_000 + ((n * 7919) % 1000) * 1_000_000;
    if (n % 11 === 0) more["event.group"] = n - 1;
    if (n % 101 === 0) Object.assign(more, { "event.kind": n % 2 ? "gap" : "event" });
    if (n % 13 === 0) delete more["log.level"];
    if (n % 4 === 0) more.attrs = { size: n % 50, odd: n % 8 === 0 ? "many" : n };
    rows.push(rowOf(1 + (n % 4), now - BigInt(n) * 5n * second - 17n * second, n, more));
  }
  return { origins, rows };
}

interface Counted {
  readonly row: JoinedRow;
  readonly timeMs: number;
}

export function figurePromises(newBench: NewBench): void {
  let bench: Bench;
  let lines: Counted[];
  const range: TimeRange = { fromNs: now - 95n * minute - 20n * second, toNs: now - 61n * second };
  const minutes: TimeRange = { fromNs: now - 90n * minute, toNs: now };
  const isLine = ({ row }: Counted) => row["event.group"] === undefined && row["event.kind"] === undefined;
  const isRequest = ({ row }: Counted) =>
    row["http.request.method"] !== undefined &&
    row["url.path"] !== undefined &&
    row["http.response.status_code"] !== undefined;
  const within = (wanted: TimeRange) =>
    lines.filter(({ row }) => {
      const time = parseNanos(row["@timestamp"])!;
      return time >= wanted.fromNs && time < wanted.toNs;
    });

  beforeAll(async () => {
    bench = await newBench();
    const { origins, rows } = trafficRows();
    await bench.logs.append([bench.batches.origins(origins)]);
    for (let at = 0; at < rows.length; at += 100)
      await bench.logs.append([bench.batches.logs(rows.slice(at, at + 100))]);
    const everyRow = await rowsOf(bench.logs);
    lines = everyRow
      .map((row) => ({ row, timeMs: Number(parseNanos(row["@timestamp"])! / 1_000_000n) }))
      .filter(isLine);
  });

  /** The histogram as the test counts it. */
  function recount(counted: Counted[], intervalMs: number, keyOf: (row: JoinedRow) => string) {
    const series = new Map<string, Map<number, number>>();
    for (const { row, timeMs } of counted) {
      const points = series.get(keyOf(row)) ?? new Map<number, number>();
      const bucket = Math.floor(timeMs / intervalMs) * intervalMs;
      points.set(bucket, (points.get(bucket) ?? 0) + 1);
      series.set(keyOf(row), points);
    }
    return Object.fromEntries(
      [...series].map(([key, points]) => [key, [...points].sort((a, b) => a[0] - b[0])]),
    );
  }

  const text = (value: unknown) => (value === undefined ? "" : String(value));
  const statusClass = (row: JoinedRow) => {
    const status = row["http.response.status_code"];
    if (status === undefined) return "";
    return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : "other";
  };

  test.each([
    ["*", 60_000, undefined, () => ""],
    ["*", 7_000, undefined, () => ""],
    ["*", 300_000, "status_class", statusClass],
    ["*", 1000, "status_class", statusClass],
    ["*", 300_000, "status", (row: JoinedRow) => text(row["http.response.status_code"])],
    ["*", 60_000, "log.level", (row: JoinedRow) => text(row["log.level"])],
    ["*", 60_000, "app", (row: JoinedRow) => text(row["service.name"])],
    ["*", 1500, "app", (row: JoinedRow) => text(row["service.name"])],
    ["app:api", 120_000, "status_class", statusClass],
    ["not app:api", 120_000, "level", (row: JoinedRow) => text(row["log.level"])],
    ["seamark.edge:true", 60_000, "status_class", statusClass],
    ["not seamark.edge:true", 60_000, "status_class", statusClass],
    ["app:api status>=500", 60_000, "version", (row: JoinedRow) => text(row["service.version"])],
    ["path:*", 600_000, "method", (row: JoinedRow) => text(row["http.request.method"])],
    ["size:1*", 600_000, "size", undefined],
    ["odd:many", 600_000, "odd", (row: JoinedRow) => text(row.attrs?.odd)],
  ] as const)("histogram of %s in %i ms by %s", async (typed, intervalMs, by, keyOf) => {
    const { filter } = query(typed);
    const passes = compilePredicate(filter);
    for (const wanted of [range, minutes]) {
      const counted = within(wanted).filter(({ row }) => passes(row));
      const request = { filter, range: wanted, intervalMs, ...(by === undefined ? {} : { by }) };
      const answer = await bench.logs.histogram(request, read);
      expect(answer.partial).toBeUndefined();
      expect(answer.total).toBe(counted.length);
      if (!keyOf) continue;
      const series = Object.fromEntries(answer.series.map(({ key, points }) => [key, points]));
      expect(series).toEqual(recount(counted, intervalMs, keyOf));
    }
  });

  test("a histogram by a field has its ten most frequent values and the rest as other", async () => {
    const counts = new Map<string, number>();
    for (const { row } of within(range)) {
      const path = row["url.path"];
      if (path !== undefined) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    const top = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 10);
    const answer = await bench.logs.histogram({ filter: all, range, intervalMs: 60_000, by: "path" }, read);
    expect(new Set(answer.series.map(({ key }) => key))).toEqual(
      new Set([...top.map(([path]) => path), "other", ""]),
    );
    expect(answer.total).toBe(within(range).length);
  });

  test("an interval that makes no sense is a bad request", async () => {
    for (const intervalMs of [0, -1, 0.5, 1])
      await expect(bench.logs.histogram({ filter: all, range, intervalMs }, read)).rejects.toMatchObject({
        code: "bad_request",
      });
  });

  test("continuation lines, gaps and events count only when the query chooses them", async () => {
    const countOf = async (typed: string) =>
      (await bench.logs.count(query(`${typed} | count`), everything, read)).groups[0]!.count;
    const rows = await rowsOf(bench.logs);
    expect(await countOf("*")).toBe(lines.length);
    expect(lines.length).toBeLessThan(rows.length);
    expect(await countOf("kind:gap")).toBe(rows.filter((row) => row["event.kind"] === "gap").length);
    expect(await countOf("event.group:*")).toBe(
      rows.filter((row) => row["event.group"] !== undefined).length,
    );
    expect(await countOf("line")).toBe(rows.length);
    expect(await countOf("nosuchword")).toBe(0);
  });

  test.each(["app", "app, level", "path", "status, method, app", "container.labels.team", "odd"])(
    "count by %s",
    async (by) => {
      const asked = query(`* | count by ${by}`);
      const answer = await bench.logs.count(asked, range, read);
      const pick = (row: JoinedRow, name: string, path: string | undefined) => {
        const value = (row as Record<string, unknown>)[name];
        const inner = path === undefined ? value : (value as Record<string, unknown> | undefined)?.[path];
        return inner === undefined ? null : String(inner);
      };
      const counts = new Map<string, number>();
      for (const { row } of within(range)) {
        const key = asked.pipes[0]!.by.map((ref) => pick(row, ref.name, ref.path));
        counts.set(JSON.stringify(key), (counts.get(JSON.stringify(key)) ?? 0) + 1);
      }
      expect(Object.fromEntries(answer.groups.map(({ key, count }) => [JSON.stringify(key), count]))).toEqual(
        Object.fromEntries(counts),
      );
      const sizes = answer.groups.map(({ count }) => count);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    },
  );

  test("top gives the most frequent values and how many rows have another", async () => {
    const paths = within(range).flatMap(({ row }) => row["url.path"] ?? []);
    const answer = await bench.logs.top(all, range, "path", 5, read);
    expect(answer.values).toHaveLength(5);
    for (const { value, count } of answer.values) expect(count).toBe(paths.filter((p) => p === value).length);
    expect(answer.values.reduce((sum, { count }) => sum + count, 0) + answer.other).toBe(paths.length);
    const apps = await bench.logs.top(query("level:error").filter, range, "service.name", 10, read);
    expect(apps.values.map(({ value }) => value).sort()).toEqual(
      [
        ...new Set(
          within(range)
            .filter(({ row }) => row["log.level"] === "error")
            .flatMap(({ row }) => row["service.name"] ?? []),
        ),
      ].sort(),
    );
  });

  test("stats of a field and of an attribute", async () => {
    const quantile = (sorted: number[], q: number) => sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
    for (const [field, pick] of [
      ["duration", (row: JoinedRow) => row["event.duration"]],
      ["size", (row: JoinedRow) => row.attrs?.size as number | undefined],
      ["odd", (row: JoinedRow) => (typeof row.attrs?.odd === "number" ? row.attrs.odd : undefined)],
    ] as const) {
      const values = within(range)
        .flatMap(({ row }) => pick(row) ?? [])
        .sort((a, b) => a - b);
      const answer = await bench.logs.stats(all, range, field, read);
      expect(answer.count).toBe(values.length);
      expect(answer.min).toBe(values[0]);
      expect(answer.max).toBe(values.at(-1));
      expect(answer.sum).toBe(values.reduce((sum, value) => sum + value, 0));
      for (const [name, q] of [
        ["p50", 0.5],
        ["p90", 0.9],
        ["p95", 0.95],
        ["p99", 0.99],
      ] as const) {
        const exact = quantile(values, q);
        expect(Math.abs(answer[name]! - exact)).toBeLessThanOrEqual(0.02 * exact);
      }
    }
    expect(await bench.logs.stats(all, { fromNs: 0n, toNs: 1n }, "duration", read)).toEqual({
      ...{ count: 0, min: null, max: null, sum: null, p50: null, p90: null, p95: null, p99: null },
    });
    await expect(bench.logs.stats(all, range, "message", read)).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("fields tells which fields the newest rows have, attributes as they are typed", async () => {
    const coverage = await bench.logs.fields(all, range, read);
    const rows = await rowsOf(bench.logs, all, range);
    const newest = rows.slice(-coverage[0]!.of);
    const of = (name: string) => coverage.find((field) => field.name === name);
    expect(of("http.response.status_code")).toEqual({
      name: "http.response.status_code",
      type: "long",
      count: newest.filter((row) => row["http.response.status_code"] !== undefined).length,
      of: newest.length,
    });
    expect(of("size")!.count).toBe(newest.filter((row) => row.attrs?.size !== undefined).length);
    expect(of("size")!.type).toBe("double");
    expect(of("service.name")!.count).toBe(newest.filter((row) => row["service.name"] !== undefined).length);
    expect(of("error.type")).toBeUndefined();
  });

  test("the figures per app equal a recount of the rows", async () => {
    const intervalMs = 300_000;
    const apps = await bench.store.counters.apps(minutes, intervalMs, read);
    expect(apps.map(({ app }) => app).sort()).toEqual(["api", "edge"]);
    for (const series of apps) {
      const own = within(minutes).filter(({ row }) => row["service.name"] === series.app);
      expect(series.edge).toBe(series.app === "edge");
      const byBucket = Map.groupBy(own, ({ timeMs }) => Math.floor(timeMs / intervalMs) * intervalMs);
      expect(series.points.map(({ timeMs }) => timeMs)).toEqual([...byBucket.keys()].sort((a, b) => a - b));
      for (const point of series.points) {
        const counted = byBucket.get(point.timeMs)!;
        const requests = [0, 0, 0, 0, 0, 0];
        for (const one of counted.filter(isRequest)) {
          const status = one.row["http.response.status_code"]!;
          requests[status < 600 ? Math.floor(status / 100) : 0]!++;
        }
        expect(point.requests).toEqual(requests);
        expect(point.lines).toBe(counted.length);
        expect(point.errors).toBe(
          counted.filter(({ row }) => ["error", "fatal"].includes(text(row["log.level"]))).length,
        );
        expectP95(point.p95Ns, counted.filter(isRequest));
      }
      expectP95(series.p95Ns, own.filter(isRequest));
    }
    const versions = apps.find(({ app }) => app === "api")!.versions;
    expect([...versions].sort()).toEqual(["1", "2"]);
  });

  function expectP95(p95Ns: number | undefined, requests: Counted[]): void {
    const durations = requests.flatMap(({ row }) => row["event.duration"] ?? []).sort((a, b) => a - b);
    expect(p95Ns === undefined).toBe(durations.length === 0);
    if (durations.length === 0) return;
    const exact = durations[Math.ceil(0.95 * durations.length) - 1]!;
    expect(Math.abs(p95Ns! - exact)).toBeLessThanOrEqual(0.0201 * exact);
  }

  test("the status codes equal a recount, of all apps and of some", async () => {
    for (const apps of [undefined, ["edge"], ["edge", "api"], []]) {
      const own = within(minutes)
        .filter(isRequest)
        .filter(({ row }) => apps === undefined || apps.includes(text(row["service.name"])));
      const expected = recount(own, 600_000, (row) => text(row["http.response.status_code"]));
      const answer = await bench.store.counters.statuses(minutes, 600_000, apps, read);
      expect(Object.fromEntries(answer.map(({ status, points }) => [String(status), points]))).toEqual(
        expected,
      );
    }
  });

  test("appending again changes no figure, nor does opening the store again", async () => {
    const before = await bench.store.counters.apps(minutes, 60_000, read);
    const again = await bench.reopen();
    bench = again;
    expect(await again.store.counters.apps(minutes, 60_000, read)).toEqual(before);
  });
}
