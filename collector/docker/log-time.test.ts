import fc from "fast-check";
import { expect, test } from "vitest";
import { formatNanos } from "../../common/base/nanotime.ts";
import { readStamp, StampClock, toSince } from "./log-time.ts";
import { ringFrames } from "./ring-size.ts";

const nanos = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });

test("milliseconds and since are exact for every nanosecond (T3)", () => {
  const clock = new StampClock();
  fc.assert(
    fc.property(nanos, (time) => {
      const text = formatNanos(time);
      expect(clock.toMs(text)).toBe(Number(time / 1_000_000n));
      expect(toSince(text)).toMatch(/^\d+\.\d{9}$/);
      const [seconds, fraction] = toSince(text).split(".");
      expect(BigInt(seconds!) * 1_000_000_000n + BigInt(fraction!)).toBe(time);
    }),
  );
});

test("the time is cut from the text, whatever the text is", () => {
  fc.assert(
    fc.property(nanos, fc.string(), (time, text) => {
      const bytes = Buffer.from(`${formatNanos(time)} ${text}`);
      const stamp = readStamp(bytes, 0, bytes.length);
      expect(stamp?.time).toBe(formatNanos(time));
      expect(bytes.toString("utf8", stamp!.textStart)).toBe(Buffer.from(text).toString());
    }),
  );
});

test("the ring may hold what one log file can", () => {
  const ring = (Type: string, size?: string) =>
    ringFrames({ Type, Config: size ? { "max-size": size } : null });
  expect(ring("json-file", "10m")).toBe(Math.ceil((10 * 1024 * 1024) / 150));
  expect(ring("json-file")).toBe(4096);
  expect(ring("local")).toBe(Math.ceil((20 * 1024 * 1024) / 150));
  expect(ring("json-file", "100g")).toBe(1024 * 1024);
  expect(ring("json-file", "1k")).toBe(1024);
});
