import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { bucketNs, bucketSql, relativeErrorMax } from "./latency-buckets.ts";

test("the value of a duration's bucket is off by at most 2 %, from a nanosecond to three years", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const durations = Array.from({ length: 4000 }, (_, n) => Math.ceil(1.012 ** n)).filter((d) => d < 1e17);
  const reader = await connection.runAndReadAll(
    `SELECT d, ${bucketSql("d")} FROM (SELECT unnest([${durations.join(",")}]::BIGINT[]) AS d)`,
  );
  for (const [duration, bucket] of reader.getRows()) {
    const exact = Number(duration);
    expect(Math.abs(bucketNs(Number(bucket)) - exact) / exact).toBeLessThanOrEqual(relativeErrorMax + 1e-9);
  }
  const [zero] = (await connection.runAndReadAll(`SELECT ${bucketSql("0")}, ${bucketSql("-5")}`)).getRows();
  expect(zero).toEqual([0, 0]);
  connection.closeSync();
  instance.closeSync();
});
