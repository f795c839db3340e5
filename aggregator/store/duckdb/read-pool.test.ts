import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../common/base/clock.ts";
import { Engine } from "./engine.ts";
import { DeadlinePassed, ReadPool } from "./read-pool.ts";

/** Minutes of work that nothing but an interrupt ends. */
const endless = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b";

let engine: Engine;
let pool: ReadPool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "seamark-pool-"));
  engine = await Engine.open({ folder, memoryLimitBytes: 256 * 1024 ** 2, threads: 1 });
  pool = new ReadPool([await engine.connect()], systemClock);
});

afterAll(async () => {
  await pool.close();
  await engine.close();
  rmSync(folder, { recursive: true });
});

test("a deadline ends the statement that runs, and the connection is good for the next read", async () => {
  const startedMs = systemClock.monotonicMs();
  await expect(pool.read({ deadlineMs: 100 }, (read) => read.rows(endless))).rejects.toBeInstanceOf(
    DeadlinePassed,
  );
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5000);
  expect(await pool.read({ deadlineMs: 5000 }, (read) => read.rows("SELECT 42"))).toEqual([[42]]);
});

test("cancelling ends the statement that runs", async () => {
  const controller = new AbortController();
  const running = pool.read({ deadlineMs: 60_000, signal: controller.signal }, (read) => read.rows(endless));
  setTimeout(() => controller.abort(), 50);
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
});

test("a read that waits for a connection gives up at its deadline, and is refused when too many wait", async () => {
  const controller = new AbortController();
  const running = pool.read({ deadlineMs: 60_000, signal: controller.signal }, (read) => read.rows(endless));
  const one = (deadlineMs: number) => pool.read({ deadlineMs }, (read) => read.rows("SELECT 1"));
  await expect(one(20)).rejects.toBeInstanceOf(DeadlinePassed);
  const waiting = Array.from({ length: 64 }, () => one(30_000));
  await expect(one(30_000)).rejects.toMatchObject({ code: "unavailable" });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 64 }, () => [[1]]));
});

test("SQL cannot load extensions or lift the limits", async () => {
  const run = (sql: string) => pool.read({ deadlineMs: 5000 }, (read) => read.rows(sql));
  await expect(run("SET memory_limit = '64GB'")).rejects.toThrow(/locked/);
  await expect(run("SELECT * FROM read_parquet('https://example.invalid/x')")).rejects.toThrow();
  expect(await run("SELECT current_setting('autoinstall_known_extensions')")).toEqual([[false]]);
});

test("closing ends the reads that run", async () => {
  const closing = new ReadPool([await engine.connect()], systemClock);
  const running = closing.read({ deadlineMs: 60_000 }, (read) => read.rows(endless));
  const ended = expect(running).rejects.toBeInstanceOf(DeadlinePassed);
  await closing.close();
  await ended;
  await expect(closing.read({ deadlineMs: 1000 }, (read) => read.rows("SELECT 1"))).rejects.toMatchObject({
    code: "unavailable",
  });
});
