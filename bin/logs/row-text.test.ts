import { expect, test } from "vitest";
import type { JoinedRow } from "../../common/wire/row.ts";
import { groupTable } from "./group-table.ts";
import { coloured, plain, rowText } from "./row-text.ts";

const base: JoinedRow = {
  id: "1-0000000000000001-1",
  "@timestamp": "2026-11-22T18:00:00.123456789Z",
  "origin.id": "0000000000000001",
  "event.sequence": 1,
  "host.name": "h1",
  "service.name": "shop",
  "container.name": "shop-api-1",
  message: "checkout failed",
};

test("a row is one line: time in ms, level, app, container, message, attributes", () => {
  const row = { ...base, "log.level": "error", attrs: { "order.id": "o-1", tries: 3 } };
  expect(rowText(row, plain)).toBe(
    "2026-11-22T18:00:00.123Z ERROR shop shop-api-1 checkout failed order.id=o-1 tries=3",
  );
});

test("a request shows method, path, status and duration, unless the message is the access line", () => {
  const request = {
    ...base,
    "http.request.method": "POST",
    "url.path": "/api/checkout",
    "http.response.status_code": 503,
    "event.duration": 12_300_000,
  };
  expect(rowText(request, plain)).toContain("POST /api/checkout 503 12.3 ms checkout failed");
  const access = { ...request, message: '1.2.3.4 "POST /api/checkout HTTP/1.1" 503' };
  expect(rowText(access, plain)).toContain('shop-api-1 503 1.2.3.4 "POST /api/checkout');
});

test("the error is told once: behind the message, unless that or the stack trace says it", () => {
  const failed = { ...base, "error.message": "pool exhausted" };
  expect(rowText(failed, plain)).toContain("checkout failed pool exhausted");
  const said = { ...failed, message: "failed: pool exhausted" };
  expect(rowText(said, plain).split("pool exhausted").length).toBe(2);
  const stack = { ...failed, "error.stack_trace": "Error: pool exhausted\n  at x" };
  expect(rowText(stack, plain).split("pool exhausted").length).toBe(2);
});

test("text of the log is neutralised wherever it stands", () => {
  const evil = "\x1b[31m";
  const row: JoinedRow = {
    ...base,
    message: evil,
    "service.name": evil,
    "container.name": evil,
    "log.level": evil,
    "url.path": evil,
    "http.response.status_code": 200,
    "http.request.method": evil,
    "error.message": evil,
    "error.stack_trace": `${evil}\n${evil}`,
    attrs: { [evil]: evil },
  };
  expect(rowText(row, plain)).not.toContain("\x1b");
  expect(rowText({ ...row, "event.kind": "gap", "event.reason": evil }, plain)).not.toContain("\x1b");
  expect(rowText({ ...row, "event.kind": "event" }, plain)).not.toContain("\x1b");
});

test("colours are set and reset around what Seamark adds", () => {
  const text = rowText({ ...base, "log.level": "error" }, coloured);
  expect(text).toContain("\x1b[31mERROR\x1b[0m");
});

test("a gap says how many lines are lost and why", () => {
  const gap: JoinedRow = { ...base, "event.kind": "gap", "event.reason": "rotated_away", "event.count": 12 };
  expect(rowText(gap, plain)).toContain(" LOST  shop shop-api-1 12 lines (rotated_away)");
});

test("many attributes are cut", () => {
  const attrs = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, "value"]));
  const text = rowText({ ...base, attrs }, plain);
  expect(text.length).toBeLessThan(330);
  expect(text).toMatch(/…$/);
});

test("groups are a table with aligned columns", () => {
  const groups = [
    { key: ["shop"], count: 1700 },
    { key: [null], count: 2 },
  ];
  expect(groupTable(["service.name"], groups)).toBe(
    "service.name  count\nshop          1,700\n–                 2",
  );
});
