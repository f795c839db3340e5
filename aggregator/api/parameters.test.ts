import { describe, expect, test } from "vitest";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import {
  groupField,
  numberField,
  parseDeadlineMs,
  parseIntervalMs,
  parseMinutesMs,
  parseRange,
  parseTime,
  sensibleIntervalMs,
} from "./parameters.ts";
import { problemOf } from "./problem.ts";

const nowMs = Date.UTC(2026, 10, 22, 18, 0, 0);
const time = (text: string) => formatNanos(parseTime(text, "from", nowMs));
const last = (ms: number) => ({ fromNs: msToNanos(nowMs - ms), toNs: msToNanos(nowMs) });

function problemFrom(run: () => unknown) {
  try {
    run();
  } catch (error) {
    return problemOf(error);
  }
  throw new Error("expected a problem");
}

describe("times", () => {
  test.each([
    ["now", "2026-11-22T18:00:00.000000000Z"],
    ["now-15m", "2026-11-22T17:45:00.000000000Z"],
    ["now+250ms", "2026-11-22T18:00:00.250000000Z"],
    ["now-1.5h", "2026-11-22T16:30:00.000000000Z"],
    ["now-2w", "2026-11-08T18:00:00.000000000Z"],
    ["2026-11-22T18:00:00.123456789Z", "2026-11-22T18:00:00.123456789Z"],
    ["2026-11-22T19:00:00+01:00", "2026-11-22T18:00:00.000000000Z"],
    ["2026-11-22T19:00:00 01:00", "2026-11-22T18:00:00.000000000Z"],
    ["2026-11-22", "2026-11-22T00:00:00.000000000Z"],
    ["1795370400123", "2026-11-22T18:00:00.123000000Z"],
  ])("%s", (text, expected) => {
    expect(time(text)).toBe(expected);
  });

  test.each(["", "yesterday", "now-", "now-15", "now-15y", "2026-13-01", "-5", "1e12", "now - 15m"])(
    "%j is refused with what is allowed",
    (text) => {
      const problem = problemFrom(() => time(text));
      expect(problem).toMatchObject({ status: 400, where: { parameter: "from" } });
      expect(problem.hint).toContain("now-15m");
    },
  );

  test("seconds and nanoseconds are told apart from milliseconds", () => {
    expect(problemFrom(() => time("1795370400")).hint).toContain("1795370400000");
    expect(problemFrom(() => time("1795370400123456789")).hint).toContain("nanoseconds");
  });
});

describe("ranges", () => {
  test("a reversed one says so", () => {
    const problem = problemFrom(() => parseRange("now", "now-1h", nowMs));
    expect(problem.detail).toContain("lies after");
    expect(problem.hint).toBe("Exchange from and to");
  });

  test("an empty one and one over 400 days are refused", () => {
    expect(problemFrom(() => parseRange("now", "now", nowMs)).status).toBe(400);
    expect(problemFrom(() => parseRange("now-401d", "now", nowMs)).detail).toContain("400 days");
    expect(parseRange("now-400d", "now", nowMs)).toEqual(last(400 * 86_400_000));
  });
});

describe("intervals", () => {
  test.each([
    ["1m", 500, 120],
    ["15m", 10_000, 90],
    ["1h", 30_000, 120],
    ["24h", 900_000, 96],
    ["7d", 7_200_000, 84],
  ])("%s gets a step of %i ms: %i buckets", (span, intervalMs, buckets) => {
    const range = parseRange(`now-${span}`, "now", nowMs);
    expect(sensibleIntervalMs(range)).toBe(intervalMs);
    expect(Number(range.toNs - range.fromNs) / 1e6 / intervalMs).toBe(buckets);
  });

  test("only the steps are taken, and not too many buckets", () => {
    expect(parseIntervalMs("10s", last(3_600_000))).toBe(10_000);
    expect(problemFrom(() => parseIntervalMs("7s", last(3_600_000))).hint).toContain("5s 10s");
    expect(problemFrom(() => parseIntervalMs("100ms", last(3_600_000))).detail).toContain("2000 buckets");
    expect(problemFrom(() => parseIntervalMs("fast", last(1000))).where).toEqual({ parameter: "interval" });
  });

  test("applications are counted per minute", () => {
    expect(parseMinutesMs(undefined, last(900_000))).toBe(60_000);
    expect(parseMinutesMs("7m", last(3_600_000))).toBe(420_000);
    for (const text of ["30s", "90s", "0m"])
      expect(problemFrom(() => parseMinutesMs(text, last(3_600_000))).detail).toContain("multiple of 1m");
  });
});

test("a deadline is bounded", () => {
  expect(parseDeadlineMs(undefined)).toBe(10_000);
  expect(parseDeadlineMs("500ms")).toBe(500);
  expect(problemFrom(() => parseDeadlineMs("61s")).status).toBe(400);
  expect(problemFrom(() => parseDeadlineMs("0ms")).status).toBe(400);
});

test("aliases become the dictionary's names, and a field without the right values is refused", () => {
  expect(groupField("app", "by")).toBe("service.name");
  expect(groupField("status", "by")).toBe("http.response.status_code");
  expect(groupField("order.total", "by")).toBe("order.total");
  expect(problemFrom(() => groupField("message", "by")).detail).toContain("text");
  expect(numberField("duration", "field")).toBe("event.duration");
  expect(problemFrom(() => numberField("app", "field")).detail).toContain("keyword");
});
