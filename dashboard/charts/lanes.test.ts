import { expect, test } from "vitest";
import type { ClassCounts } from "../api/types.ts";
import { bucketTimes, fillBuckets, labelStepMs, niceCeiling } from "./buckets.ts";
import { compactBars, compactHit, lanesOf, percentAxisMax } from "./lanes.ts";

const point = (timeMs: number, ...requests: number[]) => ({
  timeMs,
  requests: requests as unknown as ClassCounts,
});

test("lanes fill empty buckets and give shares of the bucket's own requests", () => {
  const lanes = lanesOf(
    [point(60_000, 0, 0, 98, 0, 1, 1), point(180_000, 0, 0, 0, 0, 0, 4)],
    60_000,
    240_000,
    60_000,
  );
  expect(lanes.times).toEqual([60_000, 120_000, 180_000]);
  expect(lanes.totals).toEqual([100, 0, 4]);
  expect(lanes.percent5xx).toEqual([1, 0, 100]);
  expect(lanes.percent4xx).toEqual([1, 0, 0]);
  expect(percentAxisMax(lanes)).toBe(100);
});

test("the lower lane's axis is the smallest even step above the worst bucket", () => {
  expect(percentAxisMax(lanesOf([point(0, 0, 0, 965, 0, 20, 15)], 0, 60_000, 60_000))).toBe(4);
  expect(percentAxisMax(lanesOf([point(0, 0, 0, 798, 0, 0, 202)], 0, 60_000, 60_000))).toBe(30);
  expect(percentAxisMax(lanesOf([], 0, 60_000, 60_000))).toBe(1);
});

test("one failure among a million is still one pixel, and rows compare at 0 to 10 %", () => {
  const one = compactBars(lanesOf([point(0, 0, 0, 999_999, 0, 0, 1)], 0, 60_000, 60_000), 100, 30);
  expect(one.find((bar) => bar.kind === "c5")!.height).toBe(1);
  const fifth = compactBars(lanesOf([point(0, 0, 0, 95, 0, 0, 5)], 0, 60_000, 60_000), 100, 30);
  expect(fifth.find((bar) => bar.kind === "c5")!.height).toBe(8);
  const all = compactBars(lanesOf([point(0, 0, 0, 0, 0, 50, 50)], 0, 60_000, 60_000), 100, 30);
  expect(all.every((bar) => bar.y >= 13 && bar.y + bar.height <= 30)).toBe(true);
});

test("nothing is drawn where nothing happened", () => {
  expect(compactBars(lanesOf([], 0, 600_000, 60_000), 100, 30)).toEqual([]);
});

test("a click finds its bucket and class", () => {
  const lanes = lanesOf([point(0, 0, 0, 90, 0, 0, 10), point(60_000, 0, 0, 1, 0, 0, 0)], 0, 120_000, 60_000);
  expect(compactHit(lanes, 100, 30, 20, 28)).toEqual({ at: 0, kind: "c5" });
  expect(compactHit(lanes, 100, 30, 20, 4)).toEqual({ at: 0, kind: "c2" });
  expect(compactHit(lanes, 100, 30, 80, 28)).toEqual({ at: 1, kind: undefined });
});

test("bucket times are aligned and end before the range does", () => {
  expect(bucketTimes(1500, 3000, 1000)).toEqual([1000, 2000]);
});

test("holes become zeros, equal keys add up, unknown keys are left out", () => {
  const series = [
    { key: "error", points: [[1000, 2] as const] },
    { key: "fatal", points: [[1000, 1] as const, [9000, 7] as const] },
    { key: "odd", points: [[1000, 5] as const] },
  ];
  const filled = fillBuckets(
    series,
    ["error"],
    (key) => (key === "fatal" ? "error" : key),
    [1000, 2000],
    1000,
  );
  expect(filled.values).toEqual([[3, 0]]);
});

test("axes end at even numbers and labels stand on whole steps of the clock", () => {
  expect([0, 3, 7, 11, 41, 1430, 505_000].map(niceCeiling)).toEqual([1, 3, 8, 20, 60, 1500, 600_000]);
  expect(labelStepMs(3_600_000, 6)).toBe(600_000);
  expect(labelStepMs(1_800_000, 6)).toBe(300_000);
});
