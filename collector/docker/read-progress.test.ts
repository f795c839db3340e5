import { describe, expect, test } from "vitest";
import { ReadProgress } from "./read-progress.ts";
import { SkipWatch } from "./skip-watch.ts";

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
  // What waited in the socket comes only after the pause.
  progress.resumed(5_000);
  progress.verify(50_000, 5_100);
  expect(progress.completeMs).toBeLessThan(9_500);
  progress.verify(50_000, 5_600);
  expect(progress.completeMs).toBeGreaterThan(48_000);
});

test("a container that was read to its end does not hold it", () => {
  const progress = new ReadProgress(1_000);
  progress.finished();
  expect(progress.completeMs).toBeUndefined();
  progress.began();
  expect(progress.completeMs).toBeLessThanOrEqual(1_000);
});

describe("lines that the engine leaves out of a live stream", () => {
  /** Reads 1,000 bytes per millisecond from 1,000 ms to 3,000 ms of a log whose files have 1 MB. */
  const watch = (fileBytes: number | undefined = 1_000_000): SkipWatch => {
    const skips = new SkipWatch(fileBytes);
    skips.connected(1_000);
    for (let ms = 1_000; ms <= 3_000; ms += 100) skips.chunk(ms, ms - 10, (ms - 1_000) * 1_000);
    return skips;
  };

  test("are suspected where the time jumps so far that a file was filled", () => {
    const skips = watch();
    expect(skips.armed).toBe(true);
    expect(skips.isSkip(3_100)).toBe(false);
    expect(skips.isSkip(3_349)).toBe(false);
    expect(skips.isSkip(3_600)).toBe(true);
  });

  test("are not suspected in the pauses of a slow container", () => {
    const skips = new SkipWatch(1_000_000);
    skips.connected(1_000);
    for (let ms = 1_000; ms <= 60_000; ms += 1_000) {
      skips.chunk(ms, ms - 1_000, ms);
      expect(skips.isSkip(ms)).toBe(false);
    }
  });

  test("are not suspected of a log without rotation, or of lines from before the connection", () => {
    const still = new SkipWatch(undefined);
    still.chunk(3_000, 2_990, 1e9);
    expect(still.armed).toBe(false);
    const skips = watch();
    skips.connected(9_000);
    skips.chunk(9_000, 2_990, 2_000_000);
    expect(skips.isSkip(8_000)).toBe(false);
  });

  test("are looked for at most once in a second", () => {
    const skips = watch();
    expect(skips.isSkip(3_900)).toBe(true);
    skips.chunk(4_000, 2_990, 2_000_000);
    expect(skips.armed).toBe(false);
    skips.chunk(5_000, 4_500, 2_500_000);
    expect(skips.isSkip(5_000)).toBe(true);
  });
});
