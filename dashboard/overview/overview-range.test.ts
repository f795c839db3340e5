import { expect, test } from "vitest";
import { appsRange } from "./overview-range.ts";

const to = Date.parse("2026-11-22T14:37:31Z");

test("an hour has minutes, a day half hours, a week hours in whole buckets", () => {
  expect(appsRange(to - 3_600_000, to)).toEqual({
    from: Date.parse("2026-11-22T13:38:00Z"),
    to,
    interval: "1m",
  });
  expect(appsRange(to - 86_400_000, to).interval).toBe("30m");
  expect(appsRange(to - 7 * 86_400_000, to).interval).toBe("6h");
  expect(appsRange(to - 300 * 86_400_000, to).interval).toBe("7d");
});
