import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../api/types.ts";
import { LineBuffer } from "./line-buffer.ts";

const row = (sequence: number, group?: number): Row => ({
  id: `1-00f1e2d3c4b5a697-${sequence}`,
  "@timestamp": "2026-11-22T14:23:41.518000000Z",
  "origin.id": "00f1e2d3c4b5a697",
  "event.sequence": sequence,
  "host.name": "h",
  message: String(sequence),
  ...(group === undefined ? {} : { "event.group": group }),
});
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => row(from + at));
const texts = (buffer: LineBuffer) =>
  Array.from({ length: buffer.length }, (_, at) => buffer.at(buffer.first + at)!.row.message);

test("keeps the newest lines, and indexes stay while others are evicted", () => {
  const buffer = new LineBuffer(5);
  buffer.append(rows(0, 4), "asc");
  const third = buffer.at(3)!.row.message;
  expect(buffer.append(rows(4, 8), "asc")).toBe(4);
  expect([buffer.length, buffer.first, buffer.evicted]).toEqual([5, 3, 3]);
  expect(buffer.at(3)!.row.message).toBe(third);
  expect(buffer.at(2)).toBeUndefined();
  expect(texts(buffer)).toEqual(["3", "4", "5", "6", "7"]);
});

test("a stack trace folds under its head, in either order", () => {
  const up = new LineBuffer(10);
  expect(up.append([row(1), row(2, 1), row(3, 1), row(4)], "asc")).toBe(2);
  expect(up.at(0)!.frames.map((frame) => frame.message)).toEqual(["2", "3"]);
  const down = new LineBuffer(10);
  down.append([row(4), row(3, 1), row(2, 1)], "desc");
  down.append([row(1)], "desc");
  expect(texts(down)).toEqual(["4", "1"]);
  expect(down.at(1)!.frames.map((frame) => frame.message)).toEqual(["2", "3"]);
});

test("a continuation whose head is not in the answer is still shown", () => {
  const up = new LineBuffer(10);
  up.append([row(2, 1)], "asc");
  expect(texts(up)).toEqual(["2"]);
  const down = new LineBuffer(10);
  down.append([row(4), row(2, 1)], "desc");
  expect(down.flushOrphans()).toBe(1);
  expect(texts(down)).toEqual(["4", "2"]);
});

test("newest first, continuations without a head stand in their place in time", () => {
  const other = (sequence: number, time: string): Row => ({
    ...row(sequence),
    id: `other-${sequence}`,
    "origin.id": "another",
    "@timestamp": time,
  });
  const near = other(90, "2026-11-22T14:23:41.500000000Z");
  const far = other(80, "2026-11-22T14:23:20.000000000Z");
  const sameOrigin = new LineBuffer(10);
  sameOrigin.append([row(9, 7), row(8, 7), row(5), row(4)], "desc");
  expect(texts(sameOrigin)).toEqual(["9", "8", "5", "4"]);
  const undecided = new LineBuffer(10);
  expect(undecided.append([row(12), row(9, 7), near], "desc")).toBe(1);
  expect(undecided.append([far], "desc")).toBe(3);
  expect(texts(undecided)).toEqual(["12", "9", "90", "80"]);
  const folded = new LineBuffer(10);
  folded.append([row(9, 7), near], "desc");
  folded.append([row(8, 7), row(7), far], "desc");
  expect(texts(folded)).toEqual(["90", "7", "80"]);
  expect(folded.at(1)!.frames.map((frame) => frame.message)).toEqual(["8", "9"]);
});

test("newest first, no more than the end of a page waits for a head", () => {
  const buffer = new LineBuffer(1000);
  const others = rows(0, 299).map((one) => ({ ...one, "origin.id": "another" }));
  expect(buffer.append([row(9, 7), ...others.reverse()], "desc")).toBe(300);
  expect(buffer.at(0)!.row.message).toBe("9");
});

test("rows before the front get smaller indexes and never push out what is there", () => {
  const buffer = new LineBuffer(6);
  buffer.append(rows(10, 14), "asc");
  expect(buffer.prepend(rows(6, 10))).toBe(2);
  expect(texts(buffer)).toEqual(["8", "9", "10", "11", "12", "13"]);
  expect([buffer.first, buffer.at(0)!.row.message]).toEqual([-2, "10"]);
  expect(buffer.indexOf(row(9).id)).toBe(-1);
});

test("a stack trace that comes before the front folds too", () => {
  const up = new LineBuffer(10);
  up.append([row(9)], "asc");
  expect(up.prepend([row(1), row(2, 1), row(3, 1)])).toBe(1);
  const down = new LineBuffer(10);
  down.append([row(0)], "desc");
  expect(down.prepend([row(3, 1), row(2, 1), row(1)])).toBe(1);
  for (const buffer of [up, down]) {
    expect(buffer.at(-1)!.row.message).toBe("1");
    expect(buffer.at(-1)!.frames.map((frame) => frame.message)).toEqual(["2", "3"]);
  }
});

test("nothing is lost or doubled but what was evicted", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 9 })), (max, sizes) => {
      const buffer = new LineBuffer(max);
      let next = 0;
      for (const size of sizes) {
        buffer.append(rows(next, next + size), "asc");
        next += size;
      }
      const want = rows(Math.max(0, next - max), next).map((one) => one.message);
      expect(texts(buffer)).toEqual(want);
      expect(buffer.evicted).toBe(next - want.length);
    }),
  );
});
