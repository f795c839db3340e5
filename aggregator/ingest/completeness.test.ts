import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../common/base/clock.ts";
import { formatNanos } from "../../common/base/nanotime.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { Spool } from "../../common/spool/spool.ts";
import { encodeMeta, positionKey } from "./batch-meta.ts";
import { createCompleteness } from "./completeness.ts";

let folder: string;
let spool: Spool;
let nowMs = 0;
const clock: Clock = {
  nowMs: () => nowMs,
  monotonicMs: () => nowMs,
  sleep: () => new Promise(() => undefined),
};
const a = { collector: "000000000000000a", epoch: "00000000000000e1" };
const b = { collector: "000000000000000b", epoch: "00000000000000e1" };

beforeEach(async () => {
  nowMs = 1_000_000;
  folder = await mkdtemp(join(tmpdir(), "seamark-complete-"));
  spool = await openSpool({ folder, sizeBytesMax: 1e7, nowMs: () => nowMs });
});
afterEach(async () => {
  await spool.close();
  await rm(folder, { recursive: true, force: true });
});

function at(second: number): string {
  return `2026-11-22T18:00:${String(second).padStart(2, "0")}.000000000Z`;
}

function shown(ns: bigint | undefined): string | undefined {
  return ns === undefined ? undefined : formatNanos(ns);
}

test("a watermark counts when its batch is loaded, not when it is accepted", () => {
  const it = createCompleteness({ spool, clock });
  expect(it.completeToNs()).toBeUndefined();
  it.accepted({ ...a, sequence: 1, watermark: at(1) });
  expect(it.completeToNs()).toBeUndefined();
  it.loaded({ ...a, sequence: 1, watermark: at(1) });
  expect(shown(it.completeToNs())).toBe(at(1));
});

test("a heartbeat's watermark waits for the batches before it", () => {
  const it = createCompleteness({ spool, clock });
  it.accepted({ ...a, sequence: 1, watermark: at(1) });
  it.accepted({ ...a, sequence: 2, watermark: at(2) });
  it.heartbeat({ ...a, sequence: 2, watermark: at(9) });
  it.loaded({ ...a, sequence: 1, watermark: at(1) });
  expect(shown(it.completeToNs())).toBe(at(1));
  it.loaded({ ...a, sequence: 2, watermark: at(2) });
  expect(shown(it.completeToNs())).toBe(at(9));
  it.heartbeat({ ...a, sequence: 2, watermark: at(10) });
  expect(shown(it.completeToNs())).toBe(at(10));
  // It never goes back.
  it.heartbeat({ ...a, sequence: 2, watermark: at(3) });
  expect(shown(it.completeToNs())).toBe(at(10));
});

test("the least of all hosts counts, until one was silent for five minutes", () => {
  const it = createCompleteness({ spool, clock });
  it.heartbeat({ ...a, sequence: 0, watermark: at(1) });
  it.heartbeat({ ...b, sequence: 0, watermark: at(5) });
  expect(shown(it.completeToNs())).toBe(at(1));
  nowMs += 299_000;
  it.heartbeat({ ...b, sequence: 0, watermark: at(6) });
  expect(shown(it.completeToNs())).toBe(at(1));
  nowMs += 2000;
  expect(shown(it.completeToNs())).toBe(at(6));
  expect(it.hosts()).toHaveLength(2);
});

test("after a restart what is in the spool is not loaded yet", async () => {
  const body = zstdCompressSync("{}\n");
  const append = (sequence: number, watermark: string, watermarkBefore?: string) => {
    const meta = { source: { ...a, sequence }, acceptedNs: 1n, watermark };
    const position = { sequence, watermark, host: "h", seenMs: nowMs };
    return spool.append({
      ...{ kind: "logs", body, rows: 1 },
      positions: { [positionKey(a.collector, a.epoch)]: position },
      meta: encodeMeta(watermarkBefore === undefined ? meta : { ...meta, watermarkBefore }),
    });
  };
  await append(1, at(1));
  await append(2, at(2), at(1));
  await spool.removeThrough(1);
  const it = createCompleteness({ spool, clock });
  expect(it.hosts()).toEqual([{ collector: a.collector, host: "h", lastSeenMs: nowMs, completeTo: at(1) }]);
  it.heartbeat({ ...a, sequence: 2, watermark: at(7) });
  expect(shown(it.completeToNs())).toBe(at(1));
  it.loaded({ ...a, sequence: 2, watermark: at(2) });
  expect(shown(it.completeToNs())).toBe(at(7));
  await spool.removeThrough(2);
  expect(shown(createCompleteness({ spool, clock }).completeToNs())).toBe(at(2));
});

test("a new epoch starts anew", () => {
  const it = createCompleteness({ spool, clock });
  it.accepted({ ...a, sequence: 9, watermark: at(9) });
  it.loaded({ ...a, sequence: 9, watermark: at(9) });
  const fresh = { ...a, epoch: "00000000000000e2" };
  it.accepted({ ...fresh, sequence: 1, watermark: at(2) });
  expect(it.completeToNs()).toBeUndefined();
  it.loaded({ ...fresh, sequence: 1, watermark: at(2) });
  expect(shown(it.completeToNs())).toBe(at(2));
});

test("a host of which nothing is loaded yet makes it unknown how complete the whole is", async () => {
  const it = createCompleteness({ spool, clock });
  it.heartbeat({ ...a, sequence: 0, watermark: at(9) });
  it.accepted({ ...b, sequence: 1, watermark: at(2) });
  expect(it.completeToNs()).toBeUndefined();
  it.loaded({ ...b, sequence: 1, watermark: at(2) });
  expect(shown(it.completeToNs())).toBe(at(2));
  // So after a restart.
  const meta = encodeMeta({ source: { ...b, sequence: 1 }, acceptedNs: 1n, watermark: at(2) });
  const positions = {
    [positionKey(a.collector, a.epoch)]: { sequence: 0, watermark: at(9), host: "a", seenMs: nowMs },
    [positionKey(b.collector, b.epoch)]: { sequence: 1, watermark: at(2), host: "b", seenMs: nowMs },
  };
  await spool.append({ kind: "logs", body: zstdCompressSync("{}\n"), rows: 1, positions, meta });
  expect(createCompleteness({ spool, clock }).completeToNs()).toBeUndefined();
});

test("a host that never says how far it has read does not count", () => {
  const it = createCompleteness({ spool, clock });
  it.heartbeat({ ...a, sequence: 0, watermark: at(9) });
  it.accepted({ ...b, sequence: 1 });
  expect(shown(it.completeToNs())).toBe(at(9));
});
