import { describe, expect, test } from "vitest";
import { completionAt } from "../../common/query/complete.ts";
import { completed, droppableTerms, withClickedValue, withoutTerm, withTerm } from "./query-edit.ts";

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

test("a completion stands where the word was, and the cursor behind it", () => {
  const at = (query: string) => completionAt(query, query.length);
  expect(completed("app:sh", at("app:sh"), "shop")).toEqual({ query: "app:shop ", cursor: 9 });
  expect(completed("serv", at("serv"), "service.name")).toEqual({ query: "service.name:", cursor: 13 });
  expect(completed("path:", at("path:"), "/a b").query).toBe('path:"/a b" ');
  expect(completed("app:sh x", completionAt("app:sh x", 6), "shop")).toEqual({
    query: "app:shop x",
    cursor: 9,
  });
});

test("a click on a trace id asks for the whole trace, in every app; on any other value it narrows the search", () => {
  const query = "app:shop status:500..599";
  expect(withClickedValue(query, "trace.id", "c5ef", false)).toBe("trace.id:c5ef");
  expect(withClickedValue(query, "trace.id", "c5ef", true)).toBe(`${query} -trace.id:c5ef`);
  expect(withClickedValue(query, "url.path", "/cart", false)).toBe(`${query} url.path:"/cart"`);
});
