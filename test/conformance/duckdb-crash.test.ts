import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { openDuckdbStore } from "../../aggregator/store/duckdb/duckdb-store.ts";
import type { Batch } from "../../aggregator/store/log-store.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { Batches, clockAt, hour, minute, originOf, rowOf } from "./batches.ts";

const now = BigInt(Date.UTC(2026, 10, 22, 18, 30)) * 1_000_000n;
const folder = mkdtempSync(join(tmpdir(), "seamark-crash-"));
const everything = { fromNs: now - 24n * hour, toNs: now + hour };
const read = { deadlineMs: 30_000 };
const rowsOfBatch = 1500;
const batchCount = 40;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Batches of requests that span three hours, so that each is several transactions. */
function makeBatches(): Batch[] {
  const batches = new Batches(join(folder, "batches"), now);
  const request = { "http.request.method": "GET", "url.path": "/", "event.duration": 5_000_000 };
  const logs = Array.from({ length: batchCount }, (_, b) =>
    batches.logs(
      Array.from({ length: rowsOfBatch }, (_, n) =>
        rowOf(1, now - BigInt(n % 3) * hour - BigInt(b) * minute, b * rowsOfBatch + n, {
          ...request,
          message: `${b} ${n} ${(b * n * 2_654_435_761) % 1e9}`,
          "http.response.status_code": n % 10 ? 200 : 500,
        }),
      ),
    ),
  );
  return [batches.origins([originOf(1, { "service.name": "shop" })]), ...logs];
}

/** Starts the child on these batches and resolves with what it had acknowledged when it ended. */
async function append(
  batches: readonly Batch[],
  killAfter: number | undefined,
  delayMs: number,
): Promise<string[]> {
  const workFile = join(folder, "work.json");
  const text = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
  writeFileSync(workFile, JSON.stringify({ nowNs: now, batches }, text));
  const script = join(import.meta.dirname, "appending-child.ts");
  const child: ChildProcess = spawn(process.execPath, [script, join(folder, "store"), workFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: string[] = [];
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  createInterface({ input: child.stdout! }).on("line", (line) => {
    acknowledged.push(line);
    if (acknowledged.length === killAfter) setTimeout(() => child.kill("SIGKILL"), delayMs);
  });
  await ended;
  return acknowledged;
}

test("kill -9 in the middle of appending loses nothing that was acknowledged, and nothing is there twice", async () => {
  const batches = makeBatches();
  let rest = batches;
  let kills = 0;
  for (const delayMs of [0, 3, 7, 12, 20]) {
    const acknowledged = await append(rest, 4, delayMs);
    if (!acknowledged.includes("done")) kills++;
    // As the loader does: what was acknowledged is removed from the spool, the rest comes again.
    rest = rest.filter((batch) => !acknowledged.includes(batch.id));
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  const last = await append(rest, undefined, 0);
  expect(last.at(-1)).toBe("done");

  const store = await openDuckdbStore({
    folder: join(folder, "store"),
    memoryLimitBytes: 256 * 1024 ** 2,
    retentionMs: 7 * 86_400_000,
    retentionBytes: 10 * 1024 ** 3,
    clock: clockAt(now),
    log: createLogger("store", "error"),
    metrics: new Metrics(),
  });
  // All of them once more, as if no removal had been durable.
  expect((await store.logs.append(batches)).rowsAppended).toBe(0);
  const sequences = new Map<number, number>();
  let cursor: string | undefined;
  do {
    const page = await store.logs.search(
      {
        filter: { kind: "all" },
        range: everything,
        limit: 10_000,
        order: "asc",
        ...(cursor ? { cursor } : {}),
      },
      read,
    );
    for (const row of page.rows)
      sequences.set(row["event.sequence"], (sequences.get(row["event.sequence"]) ?? 0) + 1);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(sequences.size).toBe(batchCount * rowsOfBatch);
  expect([...sequences.values()].every((count) => count === 1)).toBe(true);
  const [shop] = await store.counters.apps(everything, 60_000, read);
  expect(shop!.points.reduce((sum, { lines }) => sum + lines, 0)).toBe(batchCount * rowsOfBatch);
  expect(shop!.points.reduce((sum, { requests }) => sum + requests[5], 0)).toBe(
    (batchCount * rowsOfBatch) / 10,
  );
  const health = await store.health();
  expect(health.corrupt).toEqual([]);
  expect(health.files).toBeGreaterThan(3);
  await store.logs.close();
}, 120_000);
