import { expect, test } from "vitest";
import { RateMeter } from "./rate-meter.ts";

test("the rate is that of whole seconds, over at most the last ten", () => {
  let nowMs = 5000;
  const meter = new RateMeter(() => nowMs);
  for (let second = 0; second < 20; second++) {
    meter.add(second < 10 ? 100 : 300);
    nowMs += 500;
    meter.add(second < 10 ? 100 : 300);
    nowMs += 500;
    if (second === 1) expect(meter.perSecond()).toBe(200);
    if (second === 14) expect(meter.perSecond()).toBe(400);
  }
  expect(meter.perSecond()).toBe(600);
  expect(meter.total).toBe(8000);
});

test("after a silence longer than the window nothing of before is left", () => {
  let nowMs = 0;
  const meter = new RateMeter(() => nowMs);
  meter.add(1000);
  nowMs = 11_000;
  expect(meter.perSecond()).toBe(0);
  nowMs = 1_000_000;
  expect(meter.perSecond()).toBe(0);
});
