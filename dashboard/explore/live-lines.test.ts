import { expect, test } from "vitest";
import type { Row } from "../api/types.ts";
import { LineBuffer } from "./line-buffer.ts";
import { LiveLines } from "./live-lines.ts";

const rows = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, at) => ({
    id: `${from + at}-00f1e2d3c4b5a697-${from + at}`,
    "@timestamp": "2026-11-22T14:23:41.518000000Z",
    "origin.id": "00f1e2d3c4b5a697",
    "event.sequence": from + at,
    "host.name": "h",
    message: String(from + at),
  }));

test("while paused nothing moves; what came is counted and none is skipped", () => {
  const buffer = new LineBuffer(50);
  const live = new LiveLines(buffer);
  live.receive(rows(0, 40));
  live.pause();
  live.receive(rows(40, 70));
  expect([buffer.length, buffer.first, live.waiting, live.skipped]).toEqual([40, 0, 30, 0]);
  live.resume();
  expect([buffer.length, buffer.at(buffer.end - 1)!.row.message, live.waiting]).toEqual([50, "69", 0]);
});

test("what cannot wait any more is counted as skipped", () => {
  const live = new LiveLines(new LineBuffer());
  live.pause();
  live.receive(rows(0, 115_000));
  expect(live.skipped).toBe(15_000);
  expect(live.waiting + live.skipped).toBe(115_000);
});
