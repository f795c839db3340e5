import { expect, test } from "vitest";
import { freshnessOf } from "./freshness.ts";

test("data dims at twice and hatches at five times the refresh interval", () => {
  expect([0, 9999, 10_000, 24_999, 25_000].map((ageMs) => freshnessOf(ageMs, 5000))).toEqual([
    "fresh",
    "fresh",
    "dim",
    "dim",
    "hatched",
  ]);
});
