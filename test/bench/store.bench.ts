import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  columnDefinitions,
  rowColumns,
  wireColumns,
  wireToRow,
} from "../../aggregator/store/duckdb/columns.ts";
import { openDuckdbStore } from "../../aggregator/store/duckdb/duckdb-store.ts";
import { quotePath, quoteText } from "../../aggregator/store/duckdb/sql-text.ts";
import type { Batch, Store } from "../../aggregator/store/log-store.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { parseQuery } from "../../common/query/parser.ts";
import { Batches, clockAt, day, hour, minute, originOf, rowOf } from "../conformance/batches.ts";

/**
 * Rows per second and CPU of appending, beside a bare `INSERT … SELECT FROM read_ndjson` of the same files in the
 * same run, and how long the queries of a page take over them; then the same over a week of 168 files.
 */
const now = BigInt(Date.UTC(2026, 10, 22, 18, 59)) * 1_000_000n;
const rowsOfBatch = 10_000;
const batchesOfCall = 10;
const batchCount = 50;
const memoryLimitBytes = 1024 ** 3;

interface Cost {
  readonly rows: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "seamark-bench-"));
  try {
    const batches = makeBatches(new Batches(join(folder, "batches"), now));
    show("bare INSERT … SELECT read_ndjson", await bare(join(folder, "bare.duckdb"), batches));
    const store = await open(join(folder, "store"));
    const origins = new Batches(join(folder, "origins"), now);
    await store.logs.append([origins.origins(originList())]);
    show(`append, ${batchesOfCall} batches a call`, await append(store, batches));
    await queries(store, hour);
    const health = await store.health();
    console.log(
      `  disk ${(health.sizeBytes / (batchCount * rowsOfBatch)).toFixed(1)} B/row, rss ${rssMb()} MB`,
    );
    await store.logs.close();
    await week(join(folder, "week"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function originList() {
  return Array.from({ length: 30 }, (_, n) =>
    originOf(n, { "service.name": `app-${n % 10}`, "service.version": "1", "container.id": `c${n}` }),
  );
}

/** JSON access lines of 30 containers within half an hour, a tenth of them with an attribute, 2 % errors. */
function requestRow(n: number, timeNs: bigint) {
  const status = n % 50 === 0 ? 503 : n % 17 === 0 ? 404 : 200;
  return rowOf((n * 7919) % 30, timeNs, n, {
    message: `GET /api/orders/${n % 997} ${status} in ${n % 300} ms for customer ${(n * 2_654_435_761) % 1_000_003}`,
    "log.level": n % 50 === 0 ? "error" : "info",
    "log.iostream": "stdout",
    "http.request.method": "GET",
    "url.path": `/api/orders/${n % 997}`,
    "http.response.status_code": status,
    "event.duration": ((n * 7919) % 977) * 1_000_003,
    "trace.id": ((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(32, "0"),
    ...(n % 10 ? {} : { attrs: { "user.id": n % 1000 } }),
  });
}

function makeBatches(batches: Batches): Batch[] {
  const total = BigInt(batchCount * rowsOfBatch);
  return Array.from({ length: batchCount }, (_, b) =>
    batches.logs(
      Array.from({ length: rowsOfBatch }, (_, r) => {
        const n = b * rowsOfBatch + r;
        return requestRow(n, now - 30n * minute + (30n * minute * BigInt(n)) / total);
      }),
    ),
  );
}

function open(folder: string) {
  return openDuckdbStore({
    ...{ folder, memoryLimitBytes, retentionMs: 30 * 86_400_000, retentionBytes: 1024 ** 4 },
    ...{ clock: clockAt(now), log: createLogger("bench", "error"), metrics: new Metrics() },
  });
}

async function bare(path: string, batches: readonly Batch[]): Promise<Cost> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: `${memoryLimitBytes / 1024}KiB`,
    checkpoint_threshold: "64MB",
  });
  const connection = await instance.connect();
  await connection.run(`ATTACH ${quoteText(path)} AS bare (STORAGE_VERSION 'v1.5.0')`);
  await connection.run(`CREATE TABLE bare.logs (${columnDefinitions(rowColumns)})`);
  const cost = await measure(batchCount * rowsOfBatch, async () => {
    for (let at = 0; at < batches.length; at += batchesOfCall) {
      const files = batches.slice(at, at + batchesOfCall).map((batch) => quotePath(batch.path));
      await connection.run(
        `INSERT INTO bare.logs SELECT ${wireToRow(now)} FROM read_ndjson([${files.join(",")}],
         columns=${wireColumns}, compression='zstd')`,
      );
    }
  });
  connection.closeSync();
  instance.closeSync();
  return cost;
}

function append(store: Store, batches: readonly Batch[]): Promise<Cost> {
  return measure(batchCount * rowsOfBatch, async () => {
    for (let at = 0; at < batches.length; at += batchesOfCall)
      await store.logs.append(batches.slice(at, at + batchesOfCall));
  });
}

async function measure(rows: number, work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { rows, wallMs: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
}

function show(what: string, { rows, wallMs, cpuMs }: Cost): void {
  const rate = (ms: number) => `${Math.round(rows / ms)} k`;
  console.log(`  ${what.padEnd(36)} ${rate(wallMs)} rows/s, ${rate(cpuMs)} rows per CPU-s`);
}

function rssMb(): string {
  return (process.memoryUsage().rss / 1e6).toFixed(0);
}

/** The queries of a page: the best of three, and the slowest. */
async function queries(store: Store, span: bigint): Promise<void> {
  const range = { fromNs: now - span, toNs: now };
  const read = { deadlineMs: 60_000 };
  const filter = (text: string) => parseQuery(text).query.filter;
  const search = (text: string, limit = 100) =>
    store.logs.search({ filter: filter(text), range, limit, order: "desc" }, read);
  const intervalMs = Math.max(60_000, Number(span / 1_000_000n / 60n));
  const histogram = (text: string, by: string) =>
    store.logs.histogram({ filter: filter(text), range, intervalMs, by }, read);
  const asked: [string, () => Promise<unknown>][] = [
    ["last 100", () => search("*")],
    ["last 100 of an app", () => search("app:app-3")],
    ["last 100 errors of an app", () => search("app:app-3 level:error")],
    ["last 10,000", () => search("*", 10_000)],
    ["a word that two rows have", () => search("999983")],
    ["a word that no row has", () => search("nosuchword")],
    ["an exact trace id", () => search("trace:000000000000000000000000deadbeef")],
    ["histogram by class, counters", () => histogram("*", "status_class")],
    ["histogram by class, rows", () => histogram("method:GET", "status_class")],
    ["histogram of a word by app", () => histogram("customer", "app")],
    ["top 10 paths", () => store.logs.top(filter("*"), range, "path", 10, read)],
    ["stats of duration", () => store.logs.stats(filter("*"), range, "duration", read)],
    ["context of a row", async () => store.logs.context((await search("*", 1)).rows[0]!.id, 50, 50, read)],
    ["fields", () => store.logs.fields(filter("*"), range, read)],
    ["figures per app", () => store.counters.apps(range, intervalMs, read)],
    ["status codes", () => store.counters.statuses(range, intervalMs, undefined, read)],
  ];
  for (const [what, work] of asked) {
    const times: number[] = [];
    for (let n = 0; n < 3; n++) times.push((await measure(1, async () => void (await work()))).wallMs);
    const ms = (value: number) => value.toFixed(1).padStart(8);
    console.log(`  ${what.padEnd(36)}${ms(Math.min(...times))} ms, at most${ms(Math.max(...times))}`);
  }
}

/** A week of 168 files, few rows each: what many files cost. */
async function week(folder: string): Promise<void> {
  const store = await open(folder);
  const batches = new Batches(join(folder, "../week-batches"), now);
  await store.logs.append([batches.origins(originList())]);
  const rows = await measure(168 * 1000, async () => {
    for (let h = 0n; h < 168n; h++) {
      const made = Array.from({ length: 1000 }, (_, r) =>
        requestRow(r, now - h * hour - BigInt(r) * 3_000_000_000n),
      );
      await store.logs.append([batches.logs(made)]);
    }
  });
  show("168 hours of 1,000 rows", rows);
  await store.logs.close();
  const opening = await measure(168, async () => void (await (await open(folder)).logs.close()));
  console.log(`  opening and closing 168 files         ${opening.wallMs.toFixed(0)} ms`);
  const again = await open(folder);
  await again.logs.append([batches.logs([rowOf(1, now, 1)])]);
  console.log(`  over a week of 168 files, rss ${rssMb()} MB:`);
  await queries(again, 7n * day);
  await again.logs.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
