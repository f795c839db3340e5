import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { type DuckdbStore, openDuckdbStore } from "../../aggregator/store/duckdb/duckdb-store.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import type { Filter } from "../../common/query/ast.ts";
import { Batches, clockAt, day, hour, minute, originId, originOf, rowOf } from "./batches.ts";

/** What the files of the DuckDB store promise beyond the interface. */

const now = BigInt(Date.UTC(2026, 10, 22, 18, 30)) * 1_000_000n;
const everything = { fromNs: now - 30n * day, toNs: now + day };
const read = { deadlineMs: 20_000 };
const all: Filter = { kind: "all" };
const root = mkdtempSync(join(tmpdir(), "seamark-files-"));
const mounts: string[] = [];
const open: DuckdbStore[] = [];
let folders = 0;

afterEach(async () => {
  for (const store of open.splice(0)) await store.logs.close();
});

afterAll(() => {
  for (const mount of mounts) execFileSync("/bin/umount", [mount]);
  rmSync(root, { recursive: true, force: true });
});

function newFolder(): string {
  return join(root, String(folders++), "store");
}

type Options = Parameters<typeof openDuckdbStore>[0];

async function openAt(folder: string, more: Partial<Options> = {}): Promise<DuckdbStore> {
  const store = await openDuckdbStore({
    folder,
    memoryLimitBytes: 256 * 1024 ** 2,
    retentionMs: 7 * 86_400_000,
    retentionBytes: 10 * 1024 ** 3,
    clock: clockAt(now),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    metrics: new Metrics(),
    ...more,
  });
  open.push(store);
  return store;
}

async function sequencesOf(store: DuckdbStore): Promise<number[]> {
  const request = { filter: all, range: everything, limit: 10_000, order: "asc" } as const;
  return (await store.logs.search(request, read)).rows.map((row) => row["event.sequence"]);
}

function hourFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^logs-.*\.duckdb$/.test(name))
    .sort();
}

/** Text that does not compress, so that files grow. */
function noise(n: number, length: number): string {
  let text = "";
  let state = BigInt(n) * 7_046_029_254_386_353_131n + 1n;
  while (text.length < length) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

test("a file holds the rows of one hour and is named after it", async () => {
  const folder = newFolder();
  const store = await openAt(folder);
  const batches = new Batches(join(folder, "../batches"), now);
  await store.logs.append([
    batches.logs([rowOf(1, now, 1), rowOf(1, now - hour, 2), rowOf(1, now - day, 3)]),
  ]);
  expect(hourFiles(folder)).toEqual([
    "logs-2026112118-0.duckdb",
    "logs-2026112217-0.duckdb",
    "logs-2026112218-0.duckdb",
  ]);
});

test("a file that does not open is set aside and told of; the others and new rows of its hour work", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const first = await openAt(folder);
  await first.logs.append([
    batches.origins([originOf(1, { "service.name": "shop" })]),
    batches.logs([rowOf(1, now, 1), rowOf(1, now - hour, 2), rowOf(1, now - 2n * hour, 3)]),
  ]);
  await first.logs.close();
  writeFileSync(join(folder, "logs-2026112217-0.duckdb"), Buffer.alloc(20_000, 7));
  truncateSync(join(folder, "logs-2026112216-0.duckdb"), 5000);
  const errors: string[] = [];
  const log = {
    ...createLogger("store", "error", () => {}),
    error: (message: string) => void errors.push(message),
  };
  const store = await openAt(folder, { log });
  expect(await sequencesOf(store)).toEqual([1]);
  const health = await store.health();
  expect(health.corrupt).toHaveLength(2);
  for (const { path, reason } of health.corrupt) {
    expect(readdirSync(folder)).toContain(path.slice(folder.length + 1));
    expect(reason).not.toBe("");
  }
  expect(errors).toHaveLength(2);
  await store.logs.append([batches.logs([rowOf(1, now - hour, 4)])]);
  expect(await sequencesOf(store)).toEqual([4, 1]);
});

test("a lost catalog is made again from the copies of origins in the files; lost folded counters are made anew", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const origin = originOf(1, {
    "service.name": "shop",
    "container.id": "c1",
    "container.labels": { a: "b" },
  });
  const first = await openAt(folder);
  await first.logs.append([batches.origins([origin]), batches.logs([rowOf(1, now, 1)])]);
  await first.logs.close();
  writeFileSync(join(folder, "catalog.duckdb"), "broken".repeat(3000));
  writeFileSync(join(folder, "counters.duckdb"), "broken".repeat(3000));
  const store = await openAt(folder);
  expect((await store.health()).corrupt).toHaveLength(2);
  expect(store.inventory.origin(originId(1))).toEqual(origin);
  const shop: Filter = { kind: "equals", field: { name: "service.name" }, value: "shop" };
  const request = { filter: shop, range: everything, limit: 10, order: "asc" } as const;
  expect((await store.logs.search(request, read)).rows).toHaveLength(1);
});

test("a large hour is split; order, exactly-once and figures hold across its parts", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const store = await openAt(folder, { fileBytesMax: 1024 ** 2 });
  const request = { "http.request.method": "GET", "url.path": "/", "http.response.status_code": 200 };
  const made = Array.from({ length: 8 }, (_, b) =>
    batches.logs(
      Array.from({ length: 500 }, (_, n) =>
        // Interleaved times: every part has rows of the whole half hour.
        rowOf(1, now - BigInt(n) * 3_000_000_000n, n * 8 + b, {
          ...request,
          message: noise(b * 500 + n, 600),
        }),
      ),
    ),
  );
  await store.logs.append([batches.origins([originOf(1, { "service.name": "shop" })])]);
  for (const batch of made) await store.logs.append([batch]);
  expect(hourFiles(folder).length).toBeGreaterThan(1);
  expect((await store.logs.append(made)).rowsAppended).toBe(0);
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.logs.search(
      { filter: all, range: everything, limit: 333, order: "desc", ...(cursor ? { cursor } : {}) },
      read,
    );
    found.push(...page.rows.map((row) => row["event.sequence"]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const order = Array.from({ length: 500 }, (_, n) => [7, 6, 5, 4, 3, 2, 1, 0].map((b) => n * 8 + b)).flat();
  expect(found).toEqual(order);
  const [shop] = await store.counters.apps(everything, 3_600_000, read);
  expect(shop!.points.reduce((sum, { lines }) => sum + lines, 0)).toBe(4000);
});

test("retention by size deletes the oldest hours, never the last file, and keeps the figures", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const metrics = new Metrics();
  const store = await openAt(folder, { retentionBytes: 4 * 1024 ** 2, metrics });
  await store.logs.append([batches.origins([originOf(1, { "service.name": "shop" })])]);
  for (let h = 5; h >= 0; h--) {
    const rows = Array.from({ length: 2000 }, (_, n) =>
      rowOf(1, now - BigInt(h) * hour - BigInt(n), h * 10_000 + n, { message: noise(h * 2000 + n, 600) }),
    );
    await store.logs.append([batches.logs(rows)]);
  }
  const lines = async () => {
    const [shop] = await store.counters.apps(everything, 3_600_000, read);
    return shop!.points.map((point) => point.lines);
  };
  expect(await lines()).toEqual([2000, 2000, 2000, 2000, 2000, 2000]);
  await store.enforceRetention();
  const health = await store.health();
  expect(health.files).toBeGreaterThan(0);
  expect(health.files).toBeLessThan(6);
  expect(health.sizeBytes).toBeLessThan(5 * 1024 ** 2);
  expect(hourFiles(folder)).toContain("logs-2026112218-0.duckdb");
  expect(await lines()).toEqual([2000, 2000, 2000, 2000, 2000, 2000]);
  expect(store.logs.keptSinceNs()! > now - 5n * hour).toBe(true);
  expect(metrics.value("seamark_store_files_deleted_total", { why: "size" })).toBe(6 - health.files);
  const tiny = await (async () => {
    await store.logs.close();
    return openAt(folder, { retentionBytes: 1 });
  })();
  await tiny.enforceRetention();
  expect(hourFiles(folder)).toEqual(["logs-2026112218-0.duckdb"]);
});

test("retention by age deletes an hour when its last minute is too old, also while it is being read", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const clock = clockAt(now);
  const store = await openAt(folder, { clock });
  await store.logs.append([batches.logs([rowOf(1, now - 7n * day + minute, 1), rowOf(1, now, 2)])]);
  await store.enforceRetention();
  expect(await sequencesOf(store)).toEqual([1, 2]);
  clock.set(now + hour);
  const reads = Array.from({ length: 5 }, () => sequencesOf(store));
  await store.enforceRetention();
  for (const found of await Promise.all(reads)) expect(found.at(-1)).toBe(2);
  expect(await sequencesOf(store)).toEqual([2]);
  expect(store.logs.keptSinceNs()).toBe(now);
});

test("counters are added up, so that many small batches do not make them grow without bound", async () => {
  const folder = newFolder();
  const batches = new Batches(join(folder, "../batches"), now);
  const store = await openAt(folder);
  await store.logs.append([batches.origins([originOf(1, { "service.name": "shop" })])]);
  const rowsOfBatch = (b: number) =>
    Array.from({ length: 3000 }, (_, n) =>
      rowOf(1, now - BigInt(n % 25) * minute, b * 3000 + n, {
        "http.request.method": "GET",
        "url.path": "/",
        "http.response.status_code": 200 + (n % 40),
        "event.duration": (1.05 ** (n % 400) * 1000) | 0,
      }),
    );
  const clock = clockAt(now);
  for (let b = 0; b < 30; b++) await store.logs.append([batches.logs(rowsOfBatch(b))]);
  const [shop] = await store.counters.apps(everything, 60_000, read);
  expect(shop!.points.reduce((sum, { lines }) => sum + lines, 0)).toBe(90_000);
  await store.logs.close();
  // An hour later nothing is written to the file any more, and what is loose is added up.
  clock.set(now + 3n * hour);
  const later = await openAt(folder, { clock });
  const before = await later.counters.apps(everything, 60_000, read);
  await later.enforceRetention();
  expect(await later.counters.apps(everything, 60_000, read)).toEqual(before);
});

test("two processes do not share a store: the second says who has it", async () => {
  const folder = newFolder();
  await openAt(folder);
  const script = join(import.meta.dirname, "appending-child.ts");
  const work = join(folder, "../work.json");
  writeFileSync(work, JSON.stringify({ nowNs: String(now), batches: [] }));
  const run = () =>
    execFileSync(process.execPath, [script, folder, work], { stdio: ["ignore", "pipe", "pipe"] });
  expect(run).toThrow(/another Seamark uses this folder/);
});

test("a full disk refuses batches with full and keeps what it has; with room again everything loads", async () => {
  const mount = join(root, "small");
  mkdirSync(mount);
  // Needs root, as the machine's other tests do: a real file system that is full.
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", mount]);
  mounts.push(mount);
  const batches = new Batches(join(root, "full-batches"), now);
  const store = await openAt(join(mount, "store"));
  const made = Array.from({ length: 12 }, (_, b) =>
    batches.logs(
      Array.from({ length: 1000 }, (_, n) =>
        rowOf(1, now - BigInt(n % 2) * hour, b * 1000 + n, { message: noise(b * 1000 + n, 1200) }),
      ),
    ),
  );
  writeFileSync(join(mount, "ballast"), Buffer.alloc(5 * 1024 ** 2));
  const loaded: number[] = [];
  const failures: unknown[] = [];
  for (const [b, batch] of made.entries())
    await store.logs.append([batch]).then(
      () => loaded.push(b),
      (error: unknown) => failures.push(error),
    );
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect((failure as { code: string }).code).toMatch(/^(full|unavailable)$/);
  const countOf = (sequences: number[]) => {
    const counts = new Map<number, number>();
    for (const sequence of sequences)
      counts.set(Math.floor(sequence / 1000), (counts.get(Math.floor(sequence / 1000)) ?? 0) + 1);
    return counts;
  };
  // Nothing is there by half, not even of a batch whose first hour had room.
  for (const [, count] of countOf(await sequencesOf(store))) expect(count).toBe(1000);
  rmSync(join(mount, "ballast"));
  execFileSync("/bin/mount", ["-o", "remount,size=64m", mount]);
  for (const batch of made) await store.logs.append([batch]);
  const request = { filter: all, range: everything, pipes: [{ kind: "count", by: [] }] } as const;
  const counted = await store.logs.count({ filter: all, pipes: request.pipes }, everything, read);
  expect(counted.groups[0]!.count).toBe(12_000);
}, 60_000);
