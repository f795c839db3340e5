import { expect, test } from "vitest";
import { utcZone } from "../format/zone.ts";
import { completeText } from "./complete-text.ts";

const to = "2026-11-22T15:00:00.000Z";
const nowMs = Date.parse(to);

test.each([
  [null, "no host has reported yet"],
  ["1970-01-01T00:00:00.000Z", "not complete yet"],
  ["2026-11-21T14:59:00.000Z", "complete to 2026-11-21 14:59:00"],
  ["2026-11-22T14:59:00.000Z", "complete to 14:59:00"],
  [to, undefined],
])("an answer that is complete to %s", (completeTo, text) => {
  expect(completeText(completeTo, to, nowMs, utcZone)).toBe(text);
});
