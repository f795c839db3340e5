import { beforeAll, expect, test } from "vitest";
import type { Batch, LogRow } from "../../../aggregator/store/log-store.ts";
import { parseNanos } from "../../../common/base/nanotime.ts";
import { day, minute, originId, rowOf } from "../batches.ts";
import { all, type Bench, everything, idsOf, type NewBench, now, read, rowsOf } from "./bench.ts";

export function searchPromises(newBench: NewBench): void {
  let bench: Bench;
  let expected: string[];
  beforeAll(async () => {
    bench = await newBench();
    const rows: LogRow[] = [];
    // Many rows of one time, of several origins, over three hours, appended in no order.
    for (const back of [0n, 0n, 1n, 130n * minute, 61n * minute])
      for (const origin of [3, 1, 2])
        for (let n = 0; n < 17; n++) rows.push(rowOf(origin, now - back, rows.length));
    const shuffled = rows.map((row, at) => ({ row, key: (at * 7919) % 1009 })).sort((a, b) => a.key - b.key);
    const batches: Batch[] = [];
    for (let at = 0; at < shuffled.length; at += 50)
      batches.push(bench.batches.logs(shuffled.slice(at, at + 50).map(({ row }) => row)));
    await bench.logs.append(batches);
    expected = rows
      .map((row) => ({ row, time: parseNanos(row["@timestamp"])! }))
      .sort(
        (a, b) =>
          Number(a.time - b.time) ||
          (a.row["origin.id"] < b.row["origin.id"] ? -1 : a.row["origin.id"] > b.row["origin.id"] ? 1 : 0) ||
          a.row["event.sequence"] - b.row["event.sequence"],
      )
      .map(({ row, time }) => `${time}-${row["origin.id"]}-${row["event.sequence"]}`);
  });

  test("the order is (@timestamp, origin.id, event.sequence), in both directions", async () => {
    expect(await idsOf(bench.logs)).toEqual(expected);
    const desc = await bench.logs.search(
      { filter: all, range: everything, limit: 1000, order: "desc" },
      read,
    );
    expect(desc.rows.map((row) => row.id)).toEqual([...expected].reverse());
    expect(desc.cursor).toBeUndefined();
  });

  test.each([
    ["asc", 7],
    ["desc", 7],
    ["asc", 51],
    ["desc", 1000],
    ["desc", 1],
  ] as const)("pages in order %s of %i rows neither skip nor repeat rows", async (order, limit) => {
    const found: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const request = {
        filter: all,
        range: everything,
        limit,
        order,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const answer = await bench.logs.search(request, read);
      expect(answer.rows.length).toBeLessThanOrEqual(limit);
      found.push(...answer.rows.map((row) => row.id));
      cursor = answer.cursor;
      pages++;
    } while (cursor !== undefined);
    expect(found).toEqual(order === "asc" ? expected : [...expected].reverse());
    expect(pages).toBe(Math.ceil(expected.length / limit));
  });

  test("there is no cursor when the page ends with the last row", async () => {
    const request = { filter: all, range: everything, order: "desc", limit: expected.length } as const;
    expect((await bench.logs.search(request, read)).cursor).toBeUndefined();
    expect((await bench.logs.search({ ...request, limit: expected.length - 1 }, read)).cursor).toBeDefined();
  });

  test("the range is half-open, to the nanosecond", async () => {
    const at = (fromNs: bigint, toNs: bigint) => rowsOf(bench.logs, all, { fromNs, toNs });
    expect(await at(now, now + 1n)).toHaveLength(2 * 51);
    expect(await at(now - 1n, now)).toHaveLength(51);
    expect(await at(now + 1n, now + day)).toHaveLength(0);
    expect(await at(now, now)).toHaveLength(0);
  });

  test("a limit or cursor that cannot be is a bad request", async () => {
    const request = { filter: all, range: everything, order: "desc" } as const;
    for (const limit of [0, 10_001, 1.5])
      await expect(bench.logs.search({ ...request, limit }, read)).rejects.toMatchObject({
        code: "bad_request",
      });
    await expect(
      bench.logs.search({ ...request, limit: 1, cursor: "1' OR 1=1" }, read),
    ).rejects.toMatchObject({ code: "bad_request" });
  });

  test("context gives the lines of the same origin around a line", async () => {
    const own = expected.filter((id) => id.includes(`-${originId(2)}-`));
    const at = 20;
    const ids = async (before: number, after: number, id: string) =>
      (await bench.logs.context(id, before, after, read))?.map((row) => row.id);
    expect(await ids(30, 40, own[at]!)).toEqual(own.slice(0, at + 41));
    expect(await ids(0, 0, own[at]!)).toEqual([own[at]]);
    expect(await ids(3, 2, own[at]!)).toEqual(own.slice(at - 3, at + 3));
    expect(await ids(5, 5, own.at(-1)!)).toEqual(own.slice(-6));
    const missing = own[at]!.replace(/-\d+$/, "-999999");
    expect(await bench.logs.context(missing, 1, 1, read)).toBeNull();
    expect(await bench.logs.context("what?", 1, 1, read)).toBeNull();
  });
}
