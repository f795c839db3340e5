import { expect, test } from "vitest";
import type { JoinedRow, LogRow, Origin } from "../../common/wire/row.ts";
import { LiveBus, type LiveFilter } from "./live-bus.ts";

const origin = (id: string, app: string): Origin => ({
  "origin.id": id,
  "host.name": "h1",
  "service.name": app,
});
const row = (id: string, sequence: number): LogRow => ({
  "@timestamp": "2026-11-22T18:00:00.123456789Z",
  "origin.id": id,
  "event.sequence": sequence,
  message: `line ${sequence}`,
});
const all: LiveFilter = { text: "", matches: () => true };
const a = "aaaaaaaaaaaaaaaa";
const b = "bbbbbbbbbbbbbbbb";

function collect(bus: LiveBus, filter = all): { rows: JoinedRow[]; end: () => void } {
  const rows: JoinedRow[] = [];
  return { rows, end: bus.subscribe(filter, (json) => rows.push(JSON.parse(json))) };
}

test("rows are joined with an origin that was announced or that the inventory knows", () => {
  const bus = new LiveBus({ origin: (id) => (id === b ? origin(b, "known") : undefined) });
  const { rows } = collect(bus);
  bus.announce([origin(a, "fresh")]);
  bus.publish([row(a, 1), row(b, 2), row("cccccccccccccccc", 3)], 1_795_370_401_000_000_002n);
  expect(rows.map((joined) => joined["service.name"])).toEqual(["fresh", "known", undefined]);
  expect(rows[0]).toMatchObject({
    id: "1795370400123456789-aaaaaaaaaaaaaaaa-1",
    "event.ingested": "2026-11-22T18:00:01.000000002Z",
    "host.name": "h1",
    message: "line 1",
  });
});

test("one query is evaluated once per row, however many watch it", () => {
  const bus = new LiveBus({ origin: () => undefined });
  let evaluated = 0;
  const odd = {
    text: "odd",
    matches: (joined: JoinedRow) => {
      evaluated += 1;
      return joined["event.sequence"] % 2 === 1;
    },
  };
  const first = collect(bus, odd);
  const second = collect(bus, odd);
  bus.publish([row(a, 1), row(a, 2), row(a, 3)], 0n);
  expect(evaluated).toBe(3);
  for (const { rows } of [first, second])
    expect(rows.map((joined) => joined["event.sequence"])).toEqual([1, 3]);
});

test("who has ended gets nothing more, and the others still do", () => {
  const bus = new LiveBus({ origin: () => undefined });
  const first = collect(bus);
  const second = collect(bus);
  first.end();
  bus.publish([row(a, 1)], 0n);
  second.end();
  bus.publish([row(a, 2)], 0n);
  expect([first.rows.length, second.rows.length]).toEqual([0, 1]);
});

test("announced origins are bounded, and the newest stay", () => {
  const bus = new LiveBus({ origin: () => undefined });
  const id = (n: number) => n.toString(16).padStart(16, "0");
  bus.announce(Array.from({ length: 10_001 }, (_, n) => origin(id(n), `app-${n}`)));
  const { rows } = collect(bus);
  bus.publish([row(id(0), 1), row(id(10_000), 2)], 0n);
  expect(rows.map((joined) => joined["service.name"])).toEqual([undefined, "app-10000"]);
});
