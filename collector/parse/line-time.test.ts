import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNanos } from "../../common/base/nanotime.ts";
import { LineTime } from "./line-time.ts";

const dockerMs = Date.parse("2026-11-22T18:00:00Z");
const iso = (text: string) => new LineTime().iso(text, 0, dockerMs);
const clf = (text: string) => new LineTime().clf(text, 0, dockerMs);

test("ISO times of all years are those that Date reads, also when one reader reads them all", () => {
  const reader = new LineTime();
  const instants = fc.date({ min: new Date("1970-01-02"), max: new Date("2261-12-30"), noInvalidDate: true });
  fc.assert(
    fc.property(instants, fc.integer({ min: -840, max: 840 }), (date, offsetMinutes) => {
      const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, 23);
      const abs = Math.abs(offsetMinutes);
      const pad = (number: number) => String(number).padStart(2, "0");
      const zone = `${offsetMinutes < 0 ? "-" : "+"}${pad(Math.floor(abs / 60))}:${pad(abs % 60)}`;
      expect(reader.iso(local + zone, 0, dockerMs)).toBe(date.toISOString());
    }),
  );
});

test.each([
  ["2026-11-22T18:00:00Z", "2026-11-22T18:00:00Z"],
  ["2026/11/22 18:00:00", "2026-11-22T18:00:00Z"],
  ["2026-11-22 18:00:00,123", "2026-11-22T18:00:00.123Z"],
  ["2026-11-22T18:00:00.1234567891Z", "2026-11-22T18:00:00.123456789Z"],
  ["2026-11-22 20:00:00 +0200", "2026-11-22T18:00:00Z"],
  ["2026-11-22 18:00:00.5 UTC", "2026-11-22T18:00:00.5Z"],
  ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"],
])("%s", (text, expected) => {
  expect(iso(text)).toBe(expected);
  expect(parseNanos(expected)).toBeDefined();
});

test.each([
  ["2026-02-29T00:00:00Z", "no such day"],
  ["2026-13-01T00:00:00Z", "no such month"],
  ["2026-11-31T00:00:00Z", "no such day"],
  ["2026-11-22T24:00:00Z", "no such hour"],
  ["2026-11-22T18:60:00Z", "no such minute"],
  ["2026-11-22T18:00:60Z", "a leap second, which no store takes"],
  ["1969-12-31T23:59:59Z", "before 1970"],
  ["2262-04-11T23:47:17Z", "beyond 64 bits of nanoseconds"],
  ["1970-01-01T00:00:00+01:00", "before 1970 in UTC"],
  ["2026-11-22", "no clock"],
  ["2026-11/22 18:00:00", "mixed"],
])("%s is refused: %s", (text) => {
  expect(iso(text)).toBeUndefined();
});

describe("a time without a zone", () => {
  test.each([
    ["2026-11-23 02:00:01", "2026-11-22T18:00:01Z", "eight hours ahead of Docker's time"],
    ["2026-11-22 12:29:59", "2026-11-22T17:59:59Z", "five and a half hours behind"],
    ["2026-11-22 15:07:00", "2026-11-22T15:07:00Z", "no whole offset: an old line, taken as UTC"],
    ["2026-10-01 00:00:00", "2026-10-01T00:00:00Z", "further than any zone"],
  ])("%s is %s: %s", (text, expected) => {
    expect(iso(text)).toBe(expected);
  });
});

test("access log times", () => {
  expect(clf("22/Nov/2026:10:00:00 -0800")).toBe("2026-11-22T18:00:00Z");
  expect(clf("22/Nov/2026:18:00:00.655")).toBe("2026-11-22T18:00:00.655Z");
  expect(clf("31/Nov/2026:18:00:00 +0000")).toBeUndefined();
  expect(clf("22/Nix/2026:18:00:00 +0000")).toBeUndefined();
});

test.each([
  [1795370400, "2026-11-22T18:00:00Z"],
  [1795370400.25, "2026-11-22T18:00:00.25Z"],
  ["1795370400.123456789", "2026-11-22T18:00:00.123456789Z"],
  [1795370400123, "2026-11-22T18:00:00.123Z"],
  [1795370400123456, "2026-11-22T18:00:00.123456Z"],
  ["1795370400123456789", "2026-11-22T18:00:00.123456789Z"],
  [12, undefined],
  [-1795370400123, undefined],
  [17953704001234, undefined],
  ["12:00", undefined],
  [Number.NaN, undefined],
])("epoch %s", (value, expected) => {
  expect(new LineTime().epoch(value)).toBe(expected);
});
