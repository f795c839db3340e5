import fc from "fast-check";
import { expect, test } from "vitest";
import { formatNanos, msToNanos, nanosToMs, parseNanos } from "./nanotime.ts";

test.each([
  ["2026-11-22T18:00:00.123456789Z", 1_795_370_400_123_456_789n],
  ["2026-11-22T18:00:00Z", 1_795_370_400_000_000_000n],
  ["2026-11-22T19:00:00.5+01:00", 1_795_370_400_500_000_000n],
  ["1969-12-31T23:59:59.999999999Z", -1n],
  ["2026-11-22 18:00:00,123Z", 1_795_370_400_123_000_000n],
])("%s", (text, want) => {
  expect(parseNanos(text)).toBe(want);
});

test.each(["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-22T18:00:00", "2026-11-22"])(
  "%j is no time",
  (text) => {
    expect(parseNanos(text)).toBeUndefined();
  },
);

test("what is formatted is read back exactly", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_300_799_999_999_999n }),
      (nanos) => {
        expect(parseNanos(formatNanos(nanos))).toBe(nanos);
      },
    ),
  );
});

test("milliseconds and back", () => {
  expect(nanosToMs(msToNanos(1_795_370_400_123))).toBe(1_795_370_400_123);
});
