import { expect, test, vi } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import type { Socket } from "../api/tail.ts";
import type { LogsAnswer, Row } from "../api/types.ts";
import { LineBuffer } from "./line-buffer.ts";
import { LiveLines } from "./live-lines.ts";
import { LiveTail } from "./live-tail.ts";

const row = (at: number): Row => ({
  id: `${at}-00f1e2d3c4b5a697-${at}`,
  "@timestamp": new Date(Date.UTC(2026, 10, 22, 14, 0, at)).toISOString(),
  "origin.id": "00f1e2d3c4b5a697",
  "event.sequence": at,
  "host.name": "h",
  message: String(at),
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => row(from + at));

/** Everything that the store has; the tail only tells what comes while it is open. */
function stage() {
  const stored: Row[] = range(0, 10);
  const clock = { now: row(8)["@timestamp"], completeTo: row(8)["@timestamp"] as string | null };
  const sockets: Socket[] = [];
  const asked: string[] = [];
  const buffer = new LineBuffer();
  const tail = new LiveTail({
    query: "",
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms < 6000 ? 5 : ms, signal) },
    connect: () => {
      const socket: Socket = { onopen: null, onmessage: null, onclose: null, close: () => {} };
      sockets.push(socket);
      return socket;
    },
    since: async (from) => {
      asked.push(from);
      const rows = stored.filter((one) => from.startsWith("now") || one["@timestamp"] >= from).reverse();
      const start = row(0)["@timestamp"];
      return {
        rows,
        cursor: null,
        from: start,
        to: clock.now,
        completeTo: clock.completeTo,
      } as unknown as LogsAnswer;
    },
    lines: new LiveLines(buffer),
    changed: () => {},
    state: () => {},
    completeTo: () => {},
  });
  const say = (rows: readonly Row[]) => sockets.at(-1)!.onmessage!({ data: JSON.stringify(rows) });
  const messages = () =>
    Array.from({ length: buffer.length }, (_, at) => Number(buffer.at(buffer.first + at)!.row.message));
  const beat = (time: string) => sockets.at(-1)!.onmessage!({ data: JSON.stringify({ completeTo: time }) });
  return { stored, sockets, asked, tail, say, beat, clock, messages };
}

test("what the socket says while the first lines are fetched comes after them, once", async () => {
  const { sockets, say, messages, tail } = stage();
  sockets[0]!.onopen!();
  say(range(8, 12));
  await vi.waitFor(() => expect(messages()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
  tail.close();
});

test("lines of the time without a connection are fetched; none is missing and none comes twice", async () => {
  const { stored, sockets, asked, say, beat, messages, tail } = stage();
  sockets[0]!.onopen!();
  await vi.waitFor(() => expect(messages()).toHaveLength(10));
  say([row(10)]);
  beat(row(9)["@timestamp"]);
  beat(row(10)["@timestamp"]);
  stored.push(...range(10, 20));
  sockets[0]!.onclose!();
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(1));
  sockets.at(-1)!.onopen!();
  say(range(19, 22));
  await vi.waitFor(() => expect(messages()).toEqual(Array.from({ length: 22 }, (_, at) => at)));
  expect(asked.at(-1)).toBe(row(9)["@timestamp"]);
  tail.close();
});

test("lines that were accepted before the socket opened, and reach the store after the search, are found", async () => {
  const { stored, sockets, asked, say, clock, messages, tail } = stage();
  Object.assign(clock, { now: row(20)["@timestamp"], completeTo: null });
  sockets[0]!.onopen!();
  say([row(14)]);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
  expect(messages()).toHaveLength(10);
  clock.completeTo = row(9)["@timestamp"];
  stored.push(...range(10, 14));
  await vi.waitFor(() => expect(messages()).toContain(13));
  expect(messages()).not.toContain(14);
  clock.completeTo = clock.now;
  await vi.waitFor(() => expect(messages()).toEqual(Array.from({ length: 15 }, (_, at) => at)));
  tail.close();
});
