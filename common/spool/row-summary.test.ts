import { describe, expect, test } from "vitest";
import { gapRowsOf, RowSummary } from "./row-summary.ts";
import type { SetAside } from "./set-aside.ts";

const lost: SetAside = {
  sequence: 7,
  gap: "refused_by_store",
  reason: "why",
  kind: "logs",
  rows: 3,
  atMs: Date.parse("2026-11-22T18:00:00Z"),
  meta: {},
};

describe("gap rows", () => {
  test("one per origin with its count and times, whatever order and digits the times had", () => {
    const summary = new RowSummary();
    summary.add("a", "2026-11-22T10:00:01.5Z");
    summary.add("a", "2026-11-22T10:00:01Z");
    summary.add("a", "2026-11-22T10:00:01.123456789Z");
    summary.add("b", "2026-11-22T09:00:00.000000001Z");
    const rows = gapRowsOf({ ...lost, rows: 4, meta: summary.toMeta() }, "host");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      "origin.id": "a",
      "@timestamp": "2026-11-22T10:00:01Z",
      "event.kind": "gap",
      "event.reason": "refused_by_store",
      "event.start": "2026-11-22T10:00:01Z",
      "event.end": "2026-11-22T10:00:01.5Z",
      "event.count": 3,
    });
    expect(rows[1]).toMatchObject({ "origin.id": "b", "event.count": 1 });
  });

  test("the summary stays within the meta's limit and adds up what it cannot tell apart", () => {
    const summary = new RowSummary();
    for (let i = 0; i < 5000; i++) {
      summary.add(i.toString(16).padStart(16, "0"), "2026-11-22T10:00:01.123456789Z");
    }
    const meta = summary.toMeta();
    expect(JSON.stringify(meta).length).toBeLessThan(3500);
    const rows = gapRowsOf({ ...lost, rows: 5000, meta }, "host");
    expect(rows.reduce((sum, row) => sum + row["event.count"]!, 0)).toBe(5000);
    expect(rows.at(-1)).toMatchObject({ "origin.id": "host", "@timestamp": "2026-11-22T18:00:00.000Z" });
  });

  test("a time that is none does not become a gap's time", () => {
    const summary = new RowSummary();
    summary.add("a", "2026-13-99T10:00:00Z");
    const rows = gapRowsOf({ ...lost, rows: 1, meta: summary.toMeta() }, "host");
    expect(rows).toMatchObject([
      { "origin.id": "host", "@timestamp": "2026-11-22T18:00:00.000Z", "event.count": 1 },
    ]);
  });

  test("a segment whose header is gone gives one row of the host, without a made-up count", () => {
    const [row, ...more] = gapRowsOf({ ...lost, gap: "corrupt_segment", rows: 0 }, "host");
    expect(more).toEqual([]);
    expect(row).not.toHaveProperty("event.count");
    expect(row).not.toHaveProperty("event.start");
    expect(row?.message).toBe("Lines are missing here: the file that held them is damaged (why)");
  });
});
