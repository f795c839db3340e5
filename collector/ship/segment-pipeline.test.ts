import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { Segment, Spool } from "../../common/spool/spool.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import { type CollectorPipeline, createPipeline, segmentBytesMax } from "./segment-pipeline.ts";

const hostOrigin: Origin = { "origin.id": "00000000000000aa", "host.name": "h" };
const app: Origin = { "origin.id": "00000000000000bb", "host.name": "h", "service.name": "shop" };

let folder: string;
let spool: Spool;
let pipeline: CollectorPipeline;
let metrics: Metrics;
let watermark: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-pipeline-"));
  watermark = "2026-11-22T18:00:00Z";
  await start();
});
afterEach(async () => {
  await pipeline.close(1000);
  await spool.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(sizeBytesMax = 64 * 1024 * 1024): Promise<void> {
  await pipeline?.close(1000);
  await spool?.close();
  metrics = new Metrics();
  spool = await openSpool({ folder: join(folder, "spool"), sizeBytesMax, nowMs: Date.now });
  const log = createLogger("test", "error", () => undefined);
  pipeline = createPipeline({
    spool,
    clock: systemClock,
    metrics,
    log,
    hostOrigin,
    watermark: () => watermark,
  });
}

function row(sequence: number, message = `m${sequence}`): LogRow {
  return {
    ...{ "@timestamp": "2026-11-22T18:00:00.000000000Z", "origin.id": app["origin.id"] },
    ...{ "event.sequence": sequence, message },
  };
}

function segments(): Segment[] {
  const out: Segment[] = [];
  for (let one = spool.next(0); one; one = spool.next(one.sequence)) out.push(one);
  return out;
}

async function linesOf(segment: Segment): Promise<Record<string, unknown>[]> {
  const text = zstdDecompressSync(await spool.readBody(segment)).toString();
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function rowsOf(kind: string): Promise<Record<string, unknown>[]> {
  const all = await Promise.all(
    segments()
      .filter((one) => one.kind === kind)
      .map(linesOf),
  );
  return all.flat();
}

describe("segments", () => {
  test("rows and their position are durable together, the origin before them, without being asked", async () => {
    let at = 0;
    pipeline.origin(app);
    for (let i = 1; i <= 3; i++) {
      at = i;
      pipeline.row(row(i), "container/x", () => ({ at }));
    }
    // The position is asked for when the segment is cut, but what a reader asks for is that of now.
    expect(pipeline.storedPosition("container/x")).toEqual({ at: 3 });
    expect(spool.segments).toBe(0);
    await vi.waitFor(() => expect(spool.segments).toBe(2));
    const [origins, logs] = segments() as [Segment, Segment];
    expect([origins.kind, logs.kind]).toEqual(["origins", "logs"]);
    expect(await linesOf(origins)).toEqual([hostOrigin, app]);
    expect((await linesOf(logs)).map((one) => one["message"])).toEqual(["m1", "m2", "m3"]);
    expect(spool.positions.get("container/x")).toEqual({ at: 3 });
    expect(logs.meta).toMatchObject({ watermark });
    // The origins come before the rows, so they must not claim what only the rows make true.
    expect(origins.meta["watermark"]).not.toBe(watermark);
    expect(metrics.value("seamark_collector_rows_spooled_total")).toBe(3);
  });

  test("an origin is sent once per epoch, again when it changes", async () => {
    pipeline.origin(app);
    await pipeline.flush();
    await start();
    pipeline.origin(app);
    pipeline.row(row(1), "k", () => 1);
    await pipeline.flush();
    expect(await rowsOf("origins")).toEqual([hostOrigin, app]);
    pipeline.origin({ ...app, "service.version": "2" });
    await pipeline.flush();
    expect(await rowsOf("origins")).toHaveLength(3);
    expect(pipeline.knownOrigins().toString().trimEnd().split("\n")).toHaveLength(2);
  });

  test("a segment is cut at 1 MiB, only when the reader's run is over, so no position passes its rows", async () => {
    const big = "x".repeat(50_000);
    let at = 0;
    for (let i = 1; i <= 60; i++) {
      // The position moves after the row was given, as it may.
      pipeline.row(row(i, big), "k", () => at);
      at = i;
      if (i % 7 === 0) await Promise.resolve();
    }
    await pipeline.flush();
    const logs = segments().filter((one) => one.kind === "logs");
    expect(logs.length).toBeGreaterThan(1);
    for (const one of logs) {
      const bytes = zstdDecompressSync(await spool.readBody(one)).length;
      expect(bytes).toBeLessThan(segmentBytesMax + 7 * 51_000);
    }
    expect((await rowsOf("logs")).map((one) => one["event.sequence"])).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    expect(spool.positions.get("k")).toBe(60);
  });

  test("a run that never yields is cut all the same", async () => {
    const big = "x".repeat(1_000_000);
    for (let i = 1; i <= 20; i++) pipeline.row(row(i, big), "k", () => i);
    expect(pipeline.paused).toBe(true);
    await pipeline.flush();
    expect(segments().filter((one) => one.kind === "logs").length).toBe(3);
    expect(pipeline.paused).toBe(false);
  });

  test("positions without rows are kept too, and null deletes one", async () => {
    pipeline.position("k", () => 1);
    pipeline.position("gone", () => 2);
    await pipeline.flush();
    pipeline.position("gone", () => null);
    expect(pipeline.storedPosition("gone")).toBeUndefined();
    await vi.waitFor(() => expect([...spool.positions.keys()]).not.toContain("gone"), 3000);
    expect(pipeline.storedPosition("k")).toBe(1);
  });
});

describe("a full spool", () => {
  test("pauses the readers, loses nothing, and goes on when there is room", async () => {
    await start(6000);
    let sent = 0;
    const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(300))).toString("hex");
    while (!pipeline.paused) {
      const at = ++sent;
      pipeline.row(row(at, noise()), "k", () => at);
      if (at % 5 === 0) await Promise.race([pipeline.flush(), new Promise((done) => setTimeout(done, 50))]);
    }
    expect(pipeline.storedPosition("k")).toBe(sent);
    const seen: unknown[] = [];
    let ready = false;
    const waiting = pipeline.whenReady().then(() => {
      ready = true;
    });
    expect(ready).toBe(false);
    const drain = async (): Promise<void> => {
      seen.push(...(await rowsOf("logs")).map((one) => one["event.sequence"]));
      await spool.removeThrough(spool.lastSequence);
    };
    await drain();
    await waiting;
    await pipeline.flush();
    await drain();
    expect(seen).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
    expect(spool.positions.get("k")).toBe(sent);
  });

  test("closing gives up in time, and what is not durable is not remembered", async () => {
    await start(100);
    pipeline.row(row(1), "k", () => 1);
    await vi.waitFor(() => expect(pipeline.paused).toBe(true));
    const flushed = pipeline.flush();
    await pipeline.close(50);
    await expect(flushed).rejects.toMatchObject({ code: "cancelled" });
    expect(spool.positions.get("k")).toBeUndefined();
    expect(pipeline.paused).toBe(false);
  });
});

test("a row that cannot be printed loses its attributes, not the collector", async () => {
  let deep: unknown = 1;
  for (let i = 0; i < 50_000; i++) deep = [deep];
  pipeline.row({ ...row(1), attrs: { deep } }, "k", () => 1);
  await pipeline.flush();
  expect(await rowsOf("logs")).toEqual([row(1)]);
  expect(metrics.value("seamark_collector_attributes_dropped_total")).toBe(1);
});

test("a segment that was set aside becomes one gap row, once", async () => {
  pipeline.row(row(1), "k", () => 1);
  pipeline.row(row(2), "k", () => 2);
  await pipeline.flush();
  const logs = segments().find((one) => one.kind === "logs")!;
  await spool.setAside(logs, "the store says no", "refused_by_store");
  pipeline.reportSetAsides();
  pipeline.reportSetAsides();
  await pipeline.flush();
  pipeline.reportSetAsides();
  await pipeline.flush();
  await start();
  await pipeline.flush();
  expect(await rowsOf("logs")).toMatchObject([
    {
      ...{ "origin.id": app["origin.id"], "event.kind": "gap", "event.reason": "refused_by_store" },
      ...{ "event.count": 2, "event.start": "2026-11-22T18:00:00.000000000Z" },
    },
  ]);
  expect(spool.positions.get("k")).toBe(2);
});

test("the watermark of an idle pipeline is that of now; with a row inside there is none", async () => {
  await pipeline.flush();
  expect(pipeline.idleWatermark()).toBe(watermark);
  pipeline.row(row(1), "k", () => 1);
  expect(pipeline.idleWatermark()).toBeUndefined();
  await pipeline.flush();
  expect(pipeline.idleWatermark()).toBe(watermark);
});
