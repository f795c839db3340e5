import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

test("delays grow to the maximum and start anew after a reset", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0.999_999 });
  const delays = Array.from({ length: 6 }, () => Math.round(backoff.nextMs()));
  expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
  backoff.reset();
  expect(Math.round(backoff.nextMs())).toBe(100);
});

test("jitter spreads a delay down to half of the first one, never below", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0 });
  for (let i = 0; i < 2000; i++) expect(backoff.nextMs()).toBe(50);
});
