import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { Spool } from "../../common/spool/spool.ts";
import type { RefusedLine } from "../store/log-store.ts";
import { batchIdOf } from "./batch-meta.ts";
import { type DeadLetters, openDeadLetters } from "./dead-letters.ts";

let folder: string;
let spool: Spool;
let letters: DeadLetters;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-dead-"));
  spool = await openSpool({ folder: join(folder, "spool"), sizeBytesMax: 1e7, nowMs: Date.now });
  letters = await open();
});
afterEach(async () => {
  await spool.close();
  await rm(folder, { recursive: true, force: true });
});

function open(sizeBytesMax = 1e6): Promise<DeadLetters> {
  const metrics = new Metrics();
  return openDeadLetters({ folder: join(folder, "dead"), sizeBytesMax, spool, clock: systemClock, metrics });
}

function refused(batch: string, ...texts: string[]): RefusedLine[] {
  return texts.map((text, i) => ({ batch, line: i + 1, text, reason: "why" }));
}

async function texts(of: DeadLetters, limit = 100): Promise<string[]> {
  return (await of.list(limit)).letters.map((letter) => letter.text);
}

test("letters survive a restart, and the same batch refused again is kept once", async () => {
  await letters.add("logs", refused("b/1", "x", "y"));
  await letters.add("logs", refused("b/1", "x", "y"));
  letters = await open();
  await letters.add("logs", refused("b/1", "x", "y"));
  expect(await texts(letters)).toEqual(["x", "y"]);
  const [first] = (await letters.list(1)).letters;
  expect(await letters.get(first!.id)).toEqual(first);
  expect(Object.keys(first!).sort()).toEqual(["batch", "id", "line", "reason", "text", "time"]);
  expect(await letters.get("0000000000000000-1")).toBeUndefined();
});

test("pages go through all of them, each once", async () => {
  for (let i = 0; i < 5; i++) await letters.add("logs", refused(`b/${i}`, `${i}a`, `${i}b`, `${i}c`));
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await letters.list(2, cursor);
    seen.push(...page.letters.map((letter) => letter.text));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined);
  expect(pages).toBe(8);
  expect(new Set(seen).size).toBe(15);
  await expect(letters.list(2, "../../etc/passwd")).rejects.toMatchObject({ code: "bad_request" });
});

test("replayed lines go to the loader as a batch of their own and are gone here", async () => {
  await letters.add("logs", refused("b/1", "one", "two", "three"));
  await letters.add("events", refused("b/2", "happened"));
  const page = await letters.list(10);
  const ids = page.letters.filter((one) => one.text !== "two").map((one) => one.id);
  expect(await letters.replay([...ids, "0000000000000000-9"])).toBe(3);
  expect(await texts(letters)).toEqual(["two"]);
  const bodies: string[] = [];
  for (let one = spool.next(0); one; one = spool.next(one.sequence)) {
    bodies.push(`${one.kind}: ${zstdDecompressSync(await spool.readBody(one))}`);
    expect(batchIdOf(spool, one)).toBe(`aggregator/${spool.epoch}/${one.sequence}`);
  }
  expect(bodies).toEqual(["logs: one\nthree\n", "events: happened\n"]);
  expect(await letters.replay(ids)).toBe(0);
});

test("deleting leaves the others, and an empty file goes", async () => {
  await letters.add("logs", refused("b/1", "x", "y"));
  const [x, y] = (await letters.list(10)).letters;
  expect(await letters.delete([x!.id])).toBe(1);
  expect(await texts(letters)).toEqual(["y"]);
  expect(await letters.delete([y!.id, x!.id])).toBe(1);
  expect(await readdir(join(folder, "dead"))).toEqual([]);
});

test("over the limit the oldest go first, counted beyond a restart", async () => {
  letters = await open(4000);
  for (let i = 0; i < 10; i++) await letters.add("logs", refused(`b/${i}`, `${i}`.repeat(500), "small"));
  const page = await letters.list(100);
  const kept = page.letters.length;
  expect(kept).toBeLessThan(20);
  expect(page.letters.some((letter) => letter.text.startsWith("999"))).toBe(true);
  expect(page.letters.some((letter) => letter.text.startsWith("000"))).toBe(false);
  expect(page.dropped).toBe(20 - kept);
  expect((await (await open(4000)).list(1)).dropped).toBe(20 - kept);
});
