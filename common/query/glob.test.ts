import fc from "fast-check";
import { expect, test } from "vitest";
import { compileGlob, globRegex, parseGlob } from "./glob.ts";
import { compileAutomaton } from "./regex-matcher.ts";

test.each([
  ["a*b*b", "ab", false],
  ["a*b*b", "abb", true],
  ["ab*ba", "aba", false],
  ["a*a", "a", false],
  ["*", "", true],
  ["", "a", false],
  ["a?c", "a😀c", true],
  ["a?c", "ac", false],
  ["a\\*c", "a*c", true],
  ["a\\*c", "abc", false],
  ["a\\?\\\\", "a?\\", true],
  ["*\n*", "a\nb", true],
])("%s on %j is %s", (pattern, text, expected) => {
  expect(compileGlob(pattern)(text)).toBe(expected);
});

test("the quick way and the regular expression agree", () => {
  const pattern = fc
    .array(fc.constantFrom("*", "a", "b", "ab", "?"), { maxLength: 7 })
    .map((parts) => parts.join(""));
  const text = fc.array(fc.constantFrom("a", "b"), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      expect(compileGlob(pattern)(text)).toBe(compileAutomaton(globRegex(parseGlob(pattern)))(text));
    }),
    { numRuns: 2_000 },
  );
});

test("many stars end in bounded time", () => {
  const matches = compileGlob(`${"*a".repeat(100)}?${"*a".repeat(20)}b`);
  const startMs = performance.now();
  expect(matches("a".repeat(100_000))).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
