import { expect, test } from "vitest";
import { sparkPath } from "./sparkline.ts";

test("values stand on a fixed scale and never leave it", () => {
  const { line, area } = sparkPath([0, 5, 50], 10, 20, 22);
  expect(line).toBe("M0 21L10 11L20 1");
  expect(area).toBe("M0 22L0 21L10 11L20 1L20 22Z");
});

test("a hole breaks the line instead of pretending zero", () => {
  expect(sparkPath([1, undefined, 1], 1, 20, 10).line).toBe("M0 1M20 1");
  expect(sparkPath([], 1, 20, 10)).toEqual({ line: "", area: "" });
});
