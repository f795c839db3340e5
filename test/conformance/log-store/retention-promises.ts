import { expect, test } from "vitest";
import { hour, originOf, rowOf } from "../batches.ts";
import { type Bench, everything, type NewBench, now, read, rowsOf } from "./bench.ts";

export function retentionPromises(newBench: NewBench): void {
  test("an empty store is kept since never; else since its first row", async () => {
    const { logs, batches } = await newBench();
    expect(logs.keptSinceNs()).toBeUndefined();
    await logs.append([batches.logs([rowOf(1, now, 1)])]);
    expect(logs.keptSinceNs()).toBe(now);
    await logs.append([batches.logs([rowOf(1, now - 5n * hour, 2)])]);
    expect(logs.keptSinceNs()).toBe(now - 5n * hour);
  });

  test("drop deletes the rows of whole hours, keeps their figures, and takes none of them again", async () => {
    const bench = await newBench();
    const request = {
      "http.request.method": "GET",
      "url.path": "/",
      "http.response.status_code": 200,
      "event.duration": 5_000_000,
    };
    const old = bench.batches.logs(
      Array.from({ length: 10 }, (_, n) => rowOf(1, now - 5n * hour + BigInt(n), n, request)),
    );
    const young = bench.batches.logs([rowOf(1, now, 100, request)]);
    await bench.logs.append([bench.batches.origins([originOf(1, { "service.name": "shop" })]), old, young]);
    const figures = (from: Bench) => from.store.counters.apps(everything, 60_000, read);
    const before = await figures(bench);
    await bench.logs.drop(now - 3n * hour);
    expect((await rowsOf(bench.logs)).map((row) => row["event.sequence"])).toEqual([100]);
    expect(bench.logs.keptSinceNs()).toBe(now);
    const sums = (series: typeof before) =>
      series.map(({ app, points }) => [
        app,
        points.map(({ timeMs, lines, requests }) => [timeMs, lines, requests]),
      ]);
    expect(sums(await figures(bench))).toEqual(sums(before));
    // A loader that was killed before it removed the batch appends it again.
    expect(await bench.logs.append([old, young])).toMatchObject({ rowsAppended: 0, rowsTooOld: 10 });
    const again = await bench.reopen();
    expect(await again.logs.append([old, young])).toMatchObject({ rowsAppended: 0, rowsTooOld: 10 });
    expect(sums(await figures(again))).toEqual(sums(before));
    await again.logs.drop(now - 3n * hour);
    expect(sums(await figures(again))).toEqual(sums(before));
  });
}
