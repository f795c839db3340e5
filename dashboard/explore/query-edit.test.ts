import { describe, expect, test } from "vitest";
import { completableAt, completed, droppableTerms, filterTerm, withoutTerm, withTerm } from "./query-edit.ts";

describe("terms", () => {
  test.each([
    ["service.name", "checkout-api", "service.name:checkout-api"],
    ["url.path", "/v2/cart", 'url.path:"/v2/cart"'],
    ["message", 'say "no" \\ go', 'message:"say \\"no\\" \\\\ go"'],
    ["log.level", "or", 'log.level:"or"'],
    ["app", "支付", "app:支付"],
    ["x", "a*", 'x:"a*"'],
  ])("%s %s", (field, value, want) => expect(filterTerm(field, value)).toBe(want));
});

describe("adding a term", () => {
  test.each([
    ["", "a:1", false, "a:1"],
    ["level>=warn", "a:1", false, "level>=warn a:1"],
    ["level>=warn", "a:1", true, "level>=warn -a:1"],
    ["a:1 b:2", "a:1", false, "a:1 b:2"],
    ["b:2 a:1", "a:1", true, "b:2 -a:1"],
    ["-a:1 b:2", "a:1", false, "a:1 b:2"],
    ["a:12", "a:1", false, "a:12 a:1"],
    ["x or y", "a:1", false, "(x or y) a:1"],
    ["(x or y) z", "a:1", false, "(x or y) z a:1"],
    ['"this or that"', "a:1", false, '"this or that" a:1'],
    ["level:error | count by app", "a:1", false, "level:error a:1 | count by app"],
    ['"a | b"', "a:1", false, '"a | b" a:1'],
  ])("%j with %s", (query, term, exclude, want) => expect(withTerm(query, term, exclude)).toBe(want));
});

test("terms that can be dropped, and the query without one", () => {
  expect(droppableTerms('level:error url.path:"/a b" timeout')).toEqual([
    "level:error",
    'url.path:"/a b"',
    "timeout",
  ]);
  expect(droppableTerms("a or b")).toEqual([]);
  expect(droppableTerms("alone")).toEqual([]);
  expect(withoutTerm('level:error url.path:"/a b" timeout', 'url.path:"/a b"')).toBe("level:error timeout");
});

describe("completion", () => {
  test.each([
    ["serv", { kind: "field", field: "", typed: "serv", from: 0, to: 4 }],
    ["level>=warn -serv", { kind: "field", field: "", typed: "serv", from: 13, to: 17 }],
    ["level>=wa", { kind: "value", field: "level", typed: "wa", from: 7, to: 9 }],
    ["app:", { kind: "value", field: "app", typed: "", from: 4, to: 4 }],
    ['"serv', undefined],
    ["level:warn ", undefined],
  ])("%j", (query, want) => expect(completableAt(query, query.length)).toEqual(want));

  test("puts the choice in place and the cursor behind it", () => {
    const place = completableAt("app:sh x", 6)!;
    expect(completed("app:sh x", place, "shop")).toEqual({ query: "app:shop x", cursor: 9 });
    const field = completableAt("serv", 4)!;
    expect(completed("serv", field, "service.name")).toEqual({ query: "service.name:", cursor: 13 });
    const quoted = completableAt("path:", 5)!;
    expect(completed("path:", quoted, "/a b").query).toBe('path:"/a b" ');
  });
});
