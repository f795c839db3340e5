import { expect, test } from "vitest";
import { parseNanos } from "../base/nanotime.ts";
import { levelOf, parseQuantity, parseTimeSpan } from "./values.ts";

test.each([
  ["500", undefined, 500],
  ["-1.5", undefined, -1.5],
  ["1e3", undefined, 1000],
  ["250", "ns", 250],
  ["250ms", "ns", 250_000_000],
  ["1.5s", "ns", 1_500_000_000],
  ["1m30s", "ns", 90_000_000_000],
  ["10µs", "ns", 10_000],
  ["2h", "ns", 7_200_000_000_000],
  ["4KiB", "bytes", 4096],
  ["4kB", "bytes", 4000],
  ["1.5MiB", "bytes", 1_572_864],
  ["10m", "bytes", 10_000_000],
  ["250ms", undefined, undefined],
  ["250ms", "bytes", undefined],
  ["4KiB", "ns", undefined],
  ["ms", "ns", undefined],
  ["abc", undefined, undefined],
  ["", undefined, undefined],
  ["0x10", undefined, undefined],
  ["1e999", undefined, undefined],
] as const)("%s of unit %s is %s", (text, unit, expected) => {
  expect(parseQuantity(text, unit)).toBe(expected);
});

const nowMs = Date.parse("2026-11-22T18:00:00Z");

test.each([
  ["2026-11-22", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"],
  ["2026-11-22T18:00", "2026-11-22T18:00:00Z", "2026-11-22T18:01:00Z"],
  ["2026-11-22T18:00:05+02:00", "2026-11-22T16:00:05Z", "2026-11-22T16:00:06Z"],
  ["2026-11-22T18:00:05.12Z", "2026-11-22T18:00:05.120Z", "2026-11-22T18:00:05.130Z"],
  ["2026-11-22T18:00:05.123456789Z", "2026-11-22T18:00:05.123456789Z", "2026-11-22T18:00:05.123456790Z"],
  ["now-15m", "2026-11-22T17:45:00Z", "2026-11-22T17:45:00.000000001Z"],
  ["now-1w", "2026-11-15T18:00:00Z", "2026-11-15T18:00:00.000000001Z"],
  ["now", "2026-11-22T18:00:00Z", "2026-11-22T18:00:00.000000001Z"],
  ["1795370400000", "2026-11-22T18:00:00Z", "2026-11-22T18:00:00.001Z"],
])("%s is from %s to before %s", (text, from, to) => {
  expect(parseTimeSpan(text, () => nowMs)).toEqual({ fromNs: parseNanos(from), toNs: parseNanos(to) });
});

test.each([
  "2026-02-31",
  "2026-13-01",
  "2026-11-22T25:00",
  "yesterday",
  "now-15",
  "now-15x",
  "12:30",
  "",
  "2026",
])("%s is not a time", (text) => {
  expect(parseTimeSpan(text, () => nowMs)).toBeUndefined();
});

test.each([
  ["WARN", "warn"],
  ["warning", "warn"],
  ["Err", "error"],
  ["CRITICAL", "fatal"],
  ["notice", "info"],
  ["loud", undefined],
  ["constructor", undefined],
])("level %s is %s", (text, level) => {
  expect(levelOf(text)).toBe(level);
});
