import { beforeAll, expect, test } from "vitest";
import { rowOf, second } from "../batches.ts";
import { all, type Bench, everything, type NewBench, now, query, read } from "./bench.ts";

export function limitPromises(newBench: NewBench): void {
  let bench: Bench;
  beforeAll(async () => {
    bench = await newBench();
    const rows = Array.from({ length: 20_000 }, (_, n) =>
      rowOf(1, now - BigInt(n) * second, n, { message: `${"ab".repeat(200)} ${n}` }),
    );
    for (let at = 0; at < rows.length; at += 5000)
      await bench.logs.append([bench.batches.logs(rows.slice(at, at + 5000))]);
  });

  test("a read that runs out of time says so, and its cursor goes on where it stopped", async () => {
    const request = { filter: all, range: everything, limit: 10_000, order: "desc" } as const;
    const first = await bench.logs.search(request, { deadlineMs: 0 });
    expect(first.partial).toBe("deadline");
    expect(first.cursor).toBeDefined();
    const second = await bench.logs.search({ ...request, cursor: first.cursor! }, read);
    expect(first.rows.length + second.rows.length).toBeGreaterThanOrEqual(10_000);
    expect(second.rows[0]!["event.sequence"]).toBe(first.rows.length);
    const histogram = await bench.logs.histogram(
      { filter: all, range: everything, intervalMs: 3_600_000 },
      { deadlineMs: 0 },
    );
    expect(histogram.partial).toBe("deadline");
  });

  test("a cancelled read rejects with cancelled, before and while it runs", async () => {
    const request = {
      filter: query("/(a|b)*c$/").filter,
      range: everything,
      limit: 1,
      order: "desc",
    } as const;
    await expect(
      bench.logs.search(request, { deadlineMs: 20_000, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "cancelled" });
    const controller = new AbortController();
    const running = bench.logs.search(request, { deadlineMs: 20_000, signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect((await bench.logs.search({ ...request, filter: all }, read)).rows).toHaveLength(1);
  });

  test("reads go on while batches are appended", async () => {
    let appends = 0;
    const writing = (async () => {
      for (let n = 0; n < 10; n++) {
        await bench.logs.append([bench.batches.logs([rowOf(2, now, n)])]);
        appends++;
      }
    })();
    while (appends < 10) {
      const answer = await bench.logs.search(
        { filter: all, range: everything, limit: 5, order: "desc" },
        read,
      );
      expect(answer.rows).toHaveLength(5);
    }
    await writing;
  });
}
