import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import { waitingSetAsides } from "../../common/spool/set-aside.ts";
import type { Spool } from "../../common/spool/spool.ts";
import type { SegmentKind } from "../../common/wire/ingest.ts";
import type { LogRow } from "../../common/wire/row.ts";
import type { AppendResult, Batch } from "../store/log-store.ts";
import { encodeMeta, positionKey } from "./batch-meta.ts";
import { type Completeness, createCompleteness } from "./completeness.ts";
import { type DeadLetters, openDeadLetters } from "./dead-letters.ts";
import { aggregatorOrigin, createLoader, type Loader } from "./loader.ts";

const collector = "00000000000000c1";
const epoch = "00000000000000e1";
const origin = "0123456789abcdef";

/** Holds every batch once, as a store does; the store itself is not the subject here. */
class ListStore {
  readonly batches = new Map<string, readonly string[]>();
  readonly sizes: number[] = [];
  failing: Error | undefined;
  /** Lines that hold this text are refused. */
  refuse: string | undefined;

  async append(batches: readonly Batch[]): Promise<AppendResult> {
    if (this.failing) throw this.failing;
    this.sizes.push(batches.length);
    const refused: AppendResult["refused"][number][] = [];
    for (const batch of batches) {
      const text = await readFrame(batch.path);
      const kept: string[] = [];
      for (const [i, line] of text.trimEnd().split("\n").entries()) {
        const isRefused = this.refuse !== undefined && line.includes(this.refuse);
        if (isRefused) refused.push({ batch: batch.id, line: i + 1, text: line, reason: "not today" });
        else kept.push(line);
      }
      this.batches.set(batch.id, kept);
    }
    return { rowsAppended: 0, rowsTooOld: 0, refused };
  }

  rows(): LogRow[] {
    return [...this.batches.values()].flat().map((line) => JSON.parse(line) as LogRow);
  }

  messages(): string[] {
    return this.rows().map((row) => row.message);
  }
}

let folder: string;
let spool: Spool;
let store: ListStore;
let letters: DeadLetters;
let completeness: Completeness;
let loader: Loader | undefined;
let metrics: Metrics;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-loader-"));
  store = new ListStore();
  metrics = new Metrics();
  await open();
});
afterEach(async () => {
  await loader?.stop();
  await spool.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  spool = await openSpool({ folder: join(folder, "spool"), sizeBytesMax: 1e8, nowMs: Date.now });
  completeness = createCompleteness({ spool, clock: systemClock });
  letters = await openDeadLetters({ folder: join(folder, "dead"), spool, clock: systemClock, metrics });
}

function start(): Loader {
  loader = createLoader({
    ...{ spool, store, deadLetters: letters, completeness, metrics, clock: systemClock },
    ownOrigin: aggregatorOrigin("h"),
    random: () => 0,
    log: createLogger("test", "error", () => undefined),
  });
  return loader;
}

async function append(
  sequence: number,
  messages: readonly string[],
  kind: SegmentKind = "logs",
): Promise<number> {
  const rows = messages.map((message, i) => ({
    ...{ "@timestamp": `2026-11-22T18:00:0${i % 10}.000000000Z`, "origin.id": origin },
    ...{ "event.sequence": i, message },
  }));
  const body = await compressRows(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
  const watermark = new Date(Date.UTC(2026, 10, 22, 18, 1, sequence)).toISOString();
  completeness.accepted({ collector, epoch, sequence, watermark });
  const origins = [[origin, rows.length, rows[0]!["@timestamp"], rows.at(-1)!["@timestamp"]]];
  return spool.append({
    ...{ kind, body, rows: rows.length },
    positions: { [positionKey(collector, epoch)]: { sequence, watermark, host: "h", seenMs: Date.now() } },
    meta: { ...encodeMeta({ source: { collector, epoch, sequence }, acceptedNs: 5n, watermark }), origins },
  });
}

async function readFrame(path: string): Promise<string> {
  const file = await readFile(path);
  return zstdDecompressSync(file.subarray(8 + file.readUInt32LE(4))).toString();
}

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 9]! ^= 0xff;
  await writeFile(path, bytes);
}

describe("loading", () => {
  test("batches reach the store in order, at most ten at a time, and leave the spool", async () => {
    for (let i = 1; i <= 25; i++) await append(i, [`m${i}`]);
    start();
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    expect(store.messages()).toEqual(Array.from({ length: 25 }, (_, i) => `m${i + 1}`));
    expect(store.sizes).toEqual([10, 10, 5]);
    expect([...store.batches.keys()][0]).toBe(`${collector}/${epoch}/1`);
    const all = "2026-11-22T18:01:25.000000000Z";
    await vi.waitFor(() => expect(completeness.hosts()[0]?.completeTo).toBe(all));
    await append(26, ["later"]);
    await vi.waitFor(() => expect(store.messages()).toContain("later"));
  });

  test("a store that fails is tried again and again, nothing is skipped, and the state says so", async () => {
    store.failing = new Error("the disk is on fire");
    await append(1, ["one"]);
    const it = start();
    await vi.waitFor(() => expect(metrics.value("seamark_loader_failures_total")).toBeGreaterThan(2));
    expect(it.state()).toMatchObject({ ok: false, error: "the disk is on fire" });
    expect(spool.segments).toBe(1);
    expect(completeness.completeToNs()).toBeUndefined();
    store.failing = undefined;
    await vi.waitFor(() => expect(store.messages()).toEqual(["one"]), 3000);
    await vi.waitFor(() => expect(it.state().ok).toBe(true));
  });
});

describe("gaps", () => {
  test("a damaged batch is set aside, the rest loads, and one gap row stands for it", async () => {
    await append(1, ["before"]);
    await append(2, ["lost", "lost too"]);
    await append(3, ["after"]);
    await flip(spool.next(1)!.path);
    start();
    await vi.waitFor(() => expect(spool.segments + waitingSetAsides(spool.positions).length).toBe(0));
    const gaps = store.rows().filter((row) => row["event.kind"] === "gap");
    expect(store.messages()).toEqual(expect.arrayContaining(["before", "after"]));
    expect(store.messages()).not.toContain("lost");
    expect(gaps).toMatchObject([
      {
        ...{ "origin.id": origin, "event.reason": "corrupt_segment", "event.count": 2 },
        ...{ "event.start": "2026-11-22T18:00:00.000000000Z", "event.end": "2026-11-22T18:00:01.000000000Z" },
      },
    ]);
    // Its own origin came before, and under an identity of the aggregator's own.
    const own = [...store.batches].filter(([id]) => id.startsWith(`aggregator/${spool.epoch}/`));
    expect(own).toHaveLength(2);
    expect(JSON.parse(own[0]![1][0]!)).toEqual(aggregatorOrigin("h"));
    expect(await readdir(join(folder, "spool", "corrupt"))).toHaveLength(1);
    expect(metrics.value("seamark_loader_rows_dropped_total", { reason: "corrupt_segment" })).toBe(2);
  });

  test("a batch that was damaged while the aggregator was down gets its gap row too", async () => {
    await append(1, ["lost"]);
    const { path } = spool.next(0)!;
    await spool.close();
    await writeFile(path, (await readFile(path)).subarray(0, -4));
    await open();
    start();
    await vi.waitFor(() => expect(store.rows().filter((row) => row["event.kind"] === "gap")).toHaveLength(1));
  });

  test("a refused line becomes a dead letter and a gap of its origin; the rest of the batch loads", async () => {
    store.refuse = "poison";
    await append(1, ["good", "poison", "fine"]);
    start();
    await vi.waitFor(() => expect(spool.segments + waitingSetAsides(spool.positions).length).toBe(0));
    await vi.waitFor(() => expect(store.rows().some((row) => row["event.kind"] === "gap")).toBe(true));
    expect(store.messages().slice(0, 2)).toEqual(["good", "fine"]);
    expect(store.rows().filter((row) => row["event.kind"] === "gap")).toMatchObject([
      { "origin.id": origin, "event.reason": "refused_by_store", "event.count": 1 },
    ]);
    const page = await letters.list(10);
    expect(page.letters).toMatchObject([{ batch: `${collector}/${epoch}/1`, line: 2, reason: "not today" }]);
    expect(JSON.parse(page.letters[0]!.text)).toMatchObject({ message: "poison" });
  });

  test("a gap row that the store refuses does not make another gap, for ever", async () => {
    store.refuse = origin;
    await append(1, ["any"]);
    start();
    await vi.waitFor(async () => expect((await letters.list(10)).letters).toHaveLength(2));
    await vi.waitFor(() => expect(spool.segments + waitingSetAsides(spool.positions).length).toBe(0));
    expect(store.rows().filter((row) => row["event.kind"] === "gap")).toEqual([]);
  });
});
