import { expect, test } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import type { LogRow } from "../../common/wire/row.ts";
import type { Pipeline } from "../ship/pipeline.ts";
import { readerCounters } from "./collector-counters.ts";
import type { Engine } from "./engine.ts";
import type { LogPosition } from "./position.ts";
import { ReaderSet } from "./reader-set.ts";
import { plainParser, timeAt } from "./simulated-log.ts";

const stream = { last: timeAt(5), high: timeAt(5), ordinal: 0 };
const read: LogPosition = { version: 1, next: 7, stdout: stream };

/** The gap rows of a container that was removed while the collector, which had stored this position, was away. */
function gapsOf(position: LogPosition): LogRow[] {
  const rows: LogRow[] = [];
  const pipeline = {
    storedPosition: () => JSON.parse(JSON.stringify(position)),
    row: (row: LogRow) => rows.push(row),
    position: () => undefined,
  } as unknown as Pipeline;
  const metrics = new Metrics();
  const readers = new ReaderSet({
    ...{ engine: {} as Engine, pipeline, host: { name: "h", ip: undefined }, parserOf: plainParser },
    ...{ counters: readerCounters(metrics), metrics, clock: systemClock, random: Math.random },
    ...{ log: createLogger("test", "error", () => undefined), firstReadMs: 1000, knownIds: ["c"] },
    signal: new AbortController().signal,
  });
  readers.settleUnknown(new Set());
  return rows.filter((row) => row["event.kind"] === "gap");
}

test("what a container printed after the last line read is told when it was removed meanwhile", () => {
  const [gap] = gapsOf({ ...read, startedAt: timeAt(1) });
  expect(gap).toMatchObject({
    ...{ "event.kind": "gap", "event.reason": "removed_before_read" },
    ...{ "event.sequence": 7, "event.start": timeAt(5) },
  });
});

test("also when its lines were stored before it was asked for its start", () => {
  expect(gapsOf(read)).toHaveLength(1);
});

test("what was read to its end, or never ran, has no gap", () => {
  expect(gapsOf({ ...read, startedAt: timeAt(1), readRun: timeAt(1) })).toEqual([]);
  expect(gapsOf({ version: 1, next: 7 })).toEqual([]);
  // Its removal was told before.
  expect(gapsOf({ ...read, removed: true })).toEqual([]);
});
