import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedOffsets, WrappedOffsets, windowOf, wrappedLines } from "./row-offsets.ts";

test("with a row open, those below are moved and found", () => {
  const offsets = fixedOffsets(100, 110, 20, { index: 102, heightPx: 175 });
  expect([offsets.topOf(102), offsets.topOf(103), offsets.totalPx]).toEqual([40, 235, 375]);
  expect([59, 60, 234, 235, 254, 255].map(offsets.indexAt)).toEqual([102, 102, 102, 103, 103, 104]);
  expect([offsets.indexAt(-50), offsets.indexAt(1e9)]).toEqual([100, 109]);
});

test("a row that is open outside the list moves nothing", () => {
  expect(fixedOffsets(0, 10, 20, { index: 40, heightPx: 175 }).totalPx).toBe(200);
});

test("tops and positions are inverse, for fixed and for wrapped rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.integer({ min: -50, max: 50 }),
      (heights, first) => {
        const wrapped = new WrappedOffsets();
        wrapped.fill(first, first + heights.length, (index) => heights[index - first]! * 20);
        const { offsets } = wrapped;
        for (const [at, height] of heights.entries()) {
          const top = offsets.topOf(first + at);
          expect(offsets.indexAt(top)).toBe(first + at);
          expect(offsets.indexAt(top + height * 20 - 1)).toBe(first + at);
        }
        expect(offsets.totalPx).toBe(heights.reduce((total, height) => total + height * 20, 0));
      },
    ),
  );
});

test("the window covers what is seen and stays inside the list", () => {
  const offsets = fixedOffsets(0, 100_000, 20, undefined);
  const seen = windowOf(offsets, 0, 100_000, 1_000_000, 700);
  expect(seen).toEqual({ from: 49_992, to: 50_044 });
  expect(windowOf(offsets, 0, 100_000, 0, 700).from).toBe(0);
  expect(windowOf(offsets, 0, 100_000, 2_000_000 - 700, 700).to).toBe(100_000);
  expect(windowOf(fixedOffsets(0, 0, 20, undefined), 0, 0, 0, 700)).toEqual({ from: 0, to: 0 });
});

test("wrapped text counts wide characters twice and respects line breaks", () => {
  expect(wrappedLines("", 10)).toBe(1);
  expect(wrappedLines("x".repeat(10), 10)).toBe(1);
  expect(wrappedLines("x".repeat(11), 10)).toBe(2);
  expect(wrappedLines("支付失败啊支", 10)).toBe(2);
  expect(wrappedLines("a\nb\n", 10)).toBe(3);
});
