import { expect, test } from "vitest";
import { ReadProgress } from "./read-progress.ts";

test("a reader that was not opened holds the watermark at what was read before", () => {
  const progress = new ReadProgress(1_000);
  progress.verify(50_000, 50_000);
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
});

test("an open connection that brings nothing is complete to about now", () => {
  const progress = new ReadProgress(1_000);
  progress.opened(true, 0);
  progress.verify(50_000, 100);
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
  progress.verify(50_000, 600);
  expect(progress.completeMs).toBeGreaterThan(48_000);
});

test("a reader that catches up holds it at its last line; one that looks for its place, before it", () => {
  const progress = new ReadProgress(1_000);
  progress.opened(true, 0);
  progress.took(10, 9_000, undefined, true);
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
  progress.verify(50_000, 5_000);
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
  progress.took(20, 9_000, undefined, false);
  expect(progress.completeMs).toBeGreaterThan(8_000);
  expect(progress.completeMs).toBeLessThan(9_000);
});

test("a line whose parts have not all come, and a pause, hold it", () => {
  const progress = new ReadProgress(1_000);
  progress.opened(true, 0);
  progress.took(10, 9_000, 5_000, false);
  expect(progress.completeMs).toBeLessThan(5_000);
  progress.took(20, 9_500, undefined, false);
  progress.pausedAt(20);
  progress.verify(50_000, 5_000);
  expect(progress.completeMs).toBeLessThan(9_500);
  progress.resumed();
  progress.verify(50_000, 5_000);
  expect(progress.completeMs).toBeGreaterThan(48_000);
});

test("a container that was read to its end does not hold it", () => {
  const progress = new ReadProgress(1_000);
  progress.finished();
  expect(progress.completeMs).toBeUndefined();
  progress.began();
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
});
