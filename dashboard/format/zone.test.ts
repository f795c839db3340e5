import { expect, test } from "vitest";
import {
  dayStartMs,
  formatInterval,
  formatMillisecond,
  formatTick,
  utcZone,
  wallToMs,
  type Zone,
} from "./zone.ts";

/** Central European time with its change to summer time at 2026-03-29T01:00Z. */
const berlin: Zone = {
  id: "local",
  name: "Europe/Berlin",
  offsetMinutes: (ms) =>
    ms >= Date.parse("2026-03-29T01:00:00Z") && ms < Date.parse("2026-10-25T01:00:00Z") ? 120 : 60,
};
const at = (text: string) => Date.parse(text);

test("wall time goes there and back, also around a clock change", () => {
  expect(wallToMs("2026-03-29T00:30:00", berlin)).toBe(at("2026-03-28T23:30:00Z"));
  expect(wallToMs("2026-03-29T03:30:00", berlin)).toBe(at("2026-03-29T01:30:00Z"));
  expect(wallToMs("2026-11-22T14:07:00", utcZone)).toBe(at("2026-11-22T14:07:00Z"));
  expect(wallToMs("nonsense", utcZone)).toBeNaN();
});

test("formats show the zone's wall clock", () => {
  expect(formatMillisecond(at("2026-11-22T14:07:30.123Z"), berlin)).toBe("15:07:30.123");
  expect(dayStartMs(at("2026-06-01T12:00:00Z"), berlin)).toBe(at("2026-05-31T22:00:00Z"));
});

test("ticks show days at midnight and for long steps, seconds for short ones", () => {
  expect(formatTick(at("2026-11-22T14:10:00Z"), 300_000, utcZone)).toBe("14:10");
  expect(formatTick(at("2026-11-22T14:10:05Z"), 5000, utcZone)).toBe("14:10:05");
  expect(formatTick(at("2026-11-22T00:00:00Z"), 3_600_000, utcZone)).toBe("11-22");
});

test("intervals name the day only where it is not today", () => {
  const now = at("2026-11-22T15:00:00Z");
  expect(formatInterval(at("2026-11-22T14:07:00Z"), at("2026-11-22T14:37:00Z"), now, utcZone)).toBe(
    "14:07 – 14:37",
  );
  expect(formatInterval(at("2026-11-22T14:07:00Z"), at("2026-11-22T14:07:30Z"), now, utcZone)).toBe(
    "14:07:00 – 14:07:30",
  );
  expect(formatInterval(at("2026-11-21T14:07:00Z"), at("2026-11-21T14:37:00Z"), now, utcZone)).toBe(
    "11-21 14:07 – 14:37",
  );
  expect(formatInterval(at("2026-11-21T14:07:00Z"), at("2026-11-22T14:37:00Z"), now, utcZone)).toBe(
    "11-21 14:07 – 11-22 14:37",
  );
});
