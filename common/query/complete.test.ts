import fc from "fast-check";
import { expect, test } from "vitest";
import { completionAt, fieldCandidates } from "./complete.ts";

/** `^` marks the place. The replaced text is the last column. */
test.each<[string, string, string | undefined, string, string]>([
  ["^", "field", undefined, "", ""],
  ["st^", "field", undefined, "st", "st"],
  ["st^at x", "field", undefined, "st", "stat"],
  ["-lev^", "field", undefined, "lev", "lev"],
  ["error (ap^", "field", undefined, "ap", "ap"],
  ["app:^", "value", "service.name", "", ""],
  ["app:sh^op x", "value", "service.name", "sh", "shop"],
  ['app:"my sh^op"', "value", "service.name", "my sh", '"my shop"'],
  ['app:"my sh^', "value", "service.name", "my sh", '"my sh'],
  ["app: sh^", "value", "service.name", "sh", "sh"],
  ["level>=w^", "value", "log.level", "w", "w"],
  ["status:(500 or 5^", "value", "http.response.status_code", "5", "5"],
  ["status:(500 or 503) x^", "field", undefined, "x", "x"],
  ["order.total:4^", "value", "attrs.order.total", "4", "4"],
  ["time:2026-11-22T18:0^", "value", "@timestamp", "2026-11-22T18:0", "2026-11-22T18:0"],
  ["app:shop ^", "field", undefined, "", ""],
  ['"a b^', "none", undefined, "", ""],
  ["http://x^", "field", undefined, "http://x", "http://x"],
  ["a |^", "pipe", undefined, "", ""],
  ["a | co^", "pipe", undefined, "co", "co"],
  ["a | count by se^rv", "groupBy", undefined, "se", "serv"],
  ["a | count by app, ^", "groupBy", undefined, "", ""],
])("%s", (marked, kind, field, prefix, replaced) => {
  const offset = marked.indexOf("^");
  const text = marked.replace("^", "");
  const found = completionAt(text, offset);
  expect({ kind: found.kind, field: found.field, prefix: found.prefix }).toEqual({ kind, field, prefix });
  expect(text.slice(found.from, found.to)).toBe(replaced);
});

test("every place of any text has an answer around it", () => {
  const piece = fc.constantFrom(
    "app",
    ":",
    "(",
    ")",
    '"',
    " ",
    "|",
    "count by",
    "-",
    "status>=",
    "5",
    "or",
    "支",
    ",",
    "\\",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), fc.nat(), (pieces, seed) => {
      const text = pieces.join("");
      const offset = seed % (text.length + 1);
      const found = completionAt(text, offset);
      expect(found.from).toBeLessThanOrEqual(offset);
      expect(found.to).toBeGreaterThanOrEqual(offset);
      expect(found.to).toBeLessThanOrEqual(text.length);
      expect((found.field !== undefined) === (found.kind === "value")).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a place behind the end is the end: an input that was just shortened may still say its old place", () => {
  expect(completionAt("app:sho", 8)).toEqual(completionAt("app:sho", 7));
  expect(completionAt("", 4)).toEqual(completionAt("", 0));
});

test("fields are found by name, short name and part, the closest first", () => {
  expect(fieldCandidates("stat")[0]).toMatchObject({ insert: "status", name: "http.response.status_code" });
  expect(fieldCandidates("level")[0]).toMatchObject({ insert: "level", name: "log.level" });
  expect(fieldCandidates("status_c").map((candidate) => candidate.name)).toEqual([
    "http.response.status_code",
  ]);
  expect(fieldCandidates("http.").length).toBeGreaterThan(4);
  expect(fieldCandidates("zzz")).toEqual([]);
  expect(fieldCandidates("").length).toBeGreaterThan(40);
});
