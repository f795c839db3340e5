import { expect, test } from "vitest";
import { completenessNote } from "./completeness-note.ts";

const to = "2026-11-22T18:00:30.000000000Z";

test("an answer that is complete but for the newest seconds says nothing", () => {
  expect(completenessNote({ to, completeTo: "2026-11-22T18:00:21.500000000Z" })).toBeUndefined();
  expect(completenessNote({ to, completeTo: "2026-11-22T18:05:00.000000000Z" })).toBeUndefined();
});

test("an answer with a collector that is behind, or that never spoke, says so", () => {
  expect(completenessNote({ to, completeTo: "2026-11-22T17:59:00.123456789Z" })).toBe(
    "complete up to 2026-11-22T17:59:00Z only: later lines may still come",
  );
  expect(completenessNote({ to, completeTo: null })).toMatch(/lines may be missing/);
});
