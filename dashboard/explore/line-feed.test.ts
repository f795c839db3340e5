import { expect, test } from "vitest";
import { SeamarkError } from "../../common/base/errors.ts";
import type { LogsAnswer, Row } from "../api/types.ts";
import { LineBuffer } from "./line-buffer.ts";
import { type AskPage, LineFeed } from "./line-feed.ts";

const second = (at: number) => new Date(Date.UTC(2026, 10, 22, 14, 0, at)).toISOString();
const all: Row[] = Array.from({ length: 2500 }, (_, at) => ({
  id: `${at}-00f1e2d3c4b5a697-${at}`,
  "@timestamp": second(at),
  "origin.id": "00f1e2d3c4b5a697",
  "event.sequence": at,
  "host.name": "h",
  message: String(at),
}));
const scope = { query: "", from: second(0), to: second(2500) };

/** A small store in memory with opaque cursors. */
const ask: AskPage = async (asked, page) => {
  const rows = all.filter((row) => row["@timestamp"] >= asked.from && row["@timestamp"] < asked.to);
  if (page.order === "desc") rows.reverse();
  const from = Number(page.cursor ?? 0);
  const to = from + page.limit;
  const cursor = to < rows.length ? String(to) : null;
  return { rows: rows.slice(from, to), cursor, partial: null, completeTo: null, from: "", to: "", tookMs: 1 };
};
const numbers = (buffer: LineBuffer) =>
  Array.from({ length: buffer.length }, (_, at) => Number(buffer.at(buffer.first + at)!.row.message));

test("pages follow each other without a hole until there are no more", async () => {
  const buffer = new LineBuffer();
  const feed = new LineFeed(ask, buffer, () => {});
  await feed.start(scope, "desc");
  expect([buffer.length, feed.state.hasAfter]).toEqual([300, true]);
  for (let page = 0; page < 5; page += 1) await feed.loadAfter();
  expect(numbers(buffer)).toEqual(all.map((_, at) => 2499 - at));
  expect(feed.state.hasAfter).toBe(false);
});

test.each(["asc", "desc"] as const)(
  "from a time inside, lines go on in both directions (%s)",
  async (order) => {
    const buffer = new LineBuffer();
    const feed = new LineFeed(ask, buffer, () => {});
    await feed.start(scope, order, second(1000));
    const middle = numbers(buffer);
    expect(middle).toHaveLength(600);
    expect(middle).toContain(1000);
    for (let page = 0; page < 4; page += 1) {
      await feed.loadBefore();
      await feed.loadAfter();
    }
    const want = all.map((_, at) => at);
    expect(numbers(buffer)).toEqual(order === "asc" ? want : want.reverse());
  },
);

test("a new start overtakes the old one; its late answer changes nothing", async () => {
  const buffer = new LineBuffer();
  const late = Promise.withResolvers<LogsAnswer>();
  let calls = 0;
  const feed = new LineFeed(
    (...given) => {
      calls += 1;
      return calls === 1 ? late.promise : ask(...given);
    },
    buffer,
    () => {},
  );
  const first = feed.start(scope, "desc");
  await feed.start(scope, "asc");
  late.resolve({ rows: [], cursor: null, partial: null, completeTo: null, from: "", to: "", tookMs: 1 });
  await first;
  expect(numbers(buffer).slice(0, 3)).toEqual([0, 1, 2]);
});

test("a failure is told and what is there stays", async () => {
  const buffer = new LineBuffer();
  let fail = false;
  const feed = new LineFeed(
    (...given) => (fail ? Promise.reject(new SeamarkError("unavailable", "gone")) : ask(...given)),
    buffer,
    () => {},
  );
  await feed.start(scope, "desc");
  fail = true;
  await feed.loadAfter();
  expect(feed.state.error?.message).toBe("gone");
  expect([buffer.length, feed.state.loading, feed.state.hasAfter]).toEqual([300, false, true]);
  fail = false;
  await feed.loadAfter();
  expect(buffer.length).toBe(1300);
  expect(feed.state.error).toBeUndefined();
});
