import { describe, expect, test } from "vitest";
import { utcZone } from "../format/zone.ts";
import { isRelative, rangeLabel, readEnd, resolveRange, shiftRange } from "./time-range.ts";

const now = Date.parse("2026-11-22T14:37:00Z");

describe("what a person types", () => {
  test.each([
    ["now", "now"],
    ["2h", "now-2h"],
    ["-90m", "now-90m"],
    ["now-30m", "now-30m"],
    ["5 min", "now-5m"],
    ["14:20", "2026-11-22T14:20:00.000Z"],
    ["yesterday 9:00", "2026-11-21T09:00:00.000Z"],
    ["2026-11-22 14:07:00", "2026-11-22T14:07:00.000Z"],
    ["2026-11-22", "2026-11-22T00:00:00.000Z"],
    ["2026-11-22T14:07:00.5Z", "2026-11-22T14:07:00.500Z"],
    ["2026-11-22T14:07:00+01:00", "2026-11-22T13:07:00.000Z"],
    ["1795358220", "2026-11-22T14:37:00.000Z"],
    ["1795358220123", "2026-11-22T14:37:00.123Z"],
  ])("%s", (typed, want) => expect(readEnd(typed, now, utcZone)).toBe(want));

  test.each(["", "soon", "25:99", "2026-13-40", "12"])("refuses %j", (typed) =>
    expect(readEnd(typed, now, utcZone)).toBeUndefined(),
  );
});

test("ranges resolve against the clock; a range that is none falls back to 30 minutes", () => {
  expect(resolveRange({ from: "now-1h", to: "now" }, now, utcZone)).toEqual({
    fromMs: now - 3_600_000,
    toMs: now,
  });
  expect(resolveRange({ from: "today", to: "now" }, now, utcZone).fromMs).toBe(
    Date.parse("2026-11-22T00:00:00Z"),
  );
  expect(resolveRange({ from: "now", to: "now-1h" }, now, utcZone)).toEqual({
    fromMs: now - 1_800_000,
    toMs: now,
  });
  expect(resolveRange({ from: "x", to: "now" }, now, utcZone).fromMs).toBe(now - 1_800_000);
});

test("shifting moves by half and never past now", () => {
  const range = { fromMs: now - 7_200_000, toMs: now - 3_600_000 };
  expect(shiftRange(range, -1, now)).toEqual({
    from: "2026-11-22T12:07:00.000Z",
    to: "2026-11-22T13:07:00.000Z",
  });
  expect(shiftRange({ fromMs: now - 3_600_000, toMs: now - 60_000 }, 1, now).to).toBe(
    "2026-11-22T14:37:00.000Z",
  );
});

test("the label names presets and other relative ranges", () => {
  expect(rangeLabel({ from: "now-30m", to: "now" }, now, utcZone)).toEqual({
    interval: "14:07 – 14:37",
    name: "last 30 min",
  });
  expect(rangeLabel({ from: "now-45m", to: "now" }, now, utcZone).name).toBe("last 45 min");
  expect(isRelative({ from: "2026-11-22T14:00:00Z", to: "2026-11-22T14:10:00Z" })).toBe(false);
});
