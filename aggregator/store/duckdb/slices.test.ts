import fc from "fast-check";
import { expect, test } from "vitest";
import { hourNs } from "./hours.ts";
import { slicesOf } from "./slices.ts";

const range = { fromNs: 10n * hourNs, toNs: 20n * hourNs };

test("a few small hours are one slice", () => {
  const hours = [12, 11, 15].map((hour) => ({ hour, rows: 10 }));
  const slices = [...slicesOf(range, hours, "desc", 1000, 1000)];
  expect(slices).toEqual([{ fromNs: 11n * hourNs, toNs: 16n * hourNs, hours: [15, 12, 11] }]);
});

test("a large hour is cut into slices that grow, the newest first", () => {
  const slices = [...slicesOf(range, [{ hour: 12, rows: 1000 }], "desc", 100, 400)];
  const rows = slices.map(({ fromNs, toNs }) => Math.round((Number(toNs - fromNs) / Number(hourNs)) * 1000));
  expect(rows).toEqual([100, 200, 400, 300]);
  expect(slices[0]!.toNs).toBe(13n * hourNs);
});

test("slices follow each other in order and cover every hour that has rows, once", () => {
  const anyHours = fc.uniqueArray(fc.record({ hour: fc.integer({ min: 8, max: 22 }), rows: fc.nat(5000) }), {
    selector: ({ hour }) => hour,
  });
  const anyTime = fc.bigInt(8n * hourNs, 22n * hourNs);
  fc.assert(
    fc.property(
      anyHours,
      anyTime,
      anyTime,
      fc.boolean(),
      fc.integer({ min: 1, max: 3000 }),
      (hours, a, b, up, first) => {
        const wanted = a < b ? { fromNs: a, toNs: b } : { fromNs: b, toNs: a };
        const inRange = hours.filter(
          ({ hour }) => BigInt(hour) * hourNs < wanted.toNs && BigInt(hour + 1) * hourNs > wanted.fromNs,
        );
        const slices = [...slicesOf(wanted, inRange, up ? "asc" : "desc", first, 4000)];
        const ascending = up ? slices : slices.toReversed();
        for (const [at, slice] of ascending.entries()) {
          expect(slice.fromNs).toBeLessThan(slice.toNs);
          if (at > 0) expect(slice.fromNs).toBeGreaterThanOrEqual(ascending[at - 1]!.toNs);
        }
        for (const { hour } of inRange) {
          const from = BigInt(hour) * hourNs > wanted.fromNs ? BigInt(hour) * hourNs : wanted.fromNs;
          const to = BigInt(hour + 1) * hourNs < wanted.toNs ? BigInt(hour + 1) * hourNs : wanted.toNs;
          const covering = slices.filter((slice) => slice.hours.includes(hour));
          const covered = covering.reduce((sum, { fromNs, toNs }) => {
            const start = fromNs > from ? fromNs : from;
            const end = toNs < to ? toNs : to;
            return sum + (end - start);
          }, 0n);
          expect(covered).toBe(to - from);
        }
      },
    ),
    { numRuns: 300 },
  );
});
