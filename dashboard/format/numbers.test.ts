import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatCount,
  formatDuration,
  formatShare,
  formatShort,
  formatSpan,
  instancesText,
} from "./numbers.ts";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [1204, "1,204"],
    [33_100_000, "33,100,000"],
  ])("count %d", (value, want) => expect(formatCount(value)).toBe(want));

  test.each([
    [0, "0"],
    [0.04, "<0.1"],
    [0.5, "0.5"],
    [8.4, "8.4"],
    [612.4, "612"],
    [999.96, "1k"],
    [8412, "8.4k"],
    [600_000, "600k"],
    [999_960, "1M"],
    [33_100_000, "33.1M"],
    [2.5e9, "2.5G"],
  ])("short %d", (value, want) => expect(formatShort(value)).toBe(want));

  test.each([
    [0, "0 %"],
    [0.000_001, "<0.01 %"],
    [0.0021, "0.21 %"],
    [0.0121, "1.2 %"],
    [0.142, "14.2 %"],
    [0.999_9, ">99.9 %"],
    [1, "100 %"],
  ])("share %d", (value, want) => expect(formatShare(value)).toBe(want));

  test.each([
    [0, "0 ms"],
    [400, "1 µs"],
    [45_000, "45 µs"],
    [400_000, "0.4 ms"],
    [18e6, "18 ms"],
    [999.7e6, "1.0 s"],
    [2.1e9, "2.1 s"],
    [252e9, "4 min 12 s"],
  ])("duration %d ns", (value, want) => expect(formatDuration(value)).toBe(want));

  test.each([
    [3000, "3 s"],
    [60_000, "1 min"],
    [252_000, "4 min 12 s"],
    [9_900_000, "2 h 45 min"],
    [273_600_000, "3 d 4 h"],
  ])("span %d ms", (value, want) => expect(formatSpan(value)).toBe(want));

  test.each([
    [900, "0 s"],
    [48_000, "48 s"],
    [185_000, "3 min"],
    [7_300_000, "2 h"],
    [200_000_000, "2 d"],
  ])("age %d ms", (value, want) => expect(formatAge(value)).toBe(want));
});

test("instances are those that run, of those that were not removed", () => {
  expect(instancesText({ running: 3, total: 4 })).toBe("3 of 4");
  expect(instancesText({ running: 0, total: 2 })).toBe("0 of 2");
  expect(instancesText({ running: 0, total: 0 })).toBe("–");
});
