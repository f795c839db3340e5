import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRegex, RegexSyntaxError, regexLengthMax } from "./regex.ts";
import { compileRegex } from "./regex-matcher.ts";
import { requiredText, toRe2 } from "./regex-source.ts";

test.each([
  ["err(or)?s?$", "many errors", true],
  ["^err", "an err", false],
  ["a|b|", "zzz", true],
  ["x{2,3}y", "axxy", true],
  ["x{2,3}y", "axy", false],
  ["x{2,}y", "xxxxxy", true],
  ["a.c", "a\nc", false],
  ["(?s)a.c", "a\nc", true],
  ["(?i)STRASSE", "strasse", true],
  ["(?i)σ", "Σ ς", true],
  ["(?i)[^k]", "K\u212ak", false],
  ["[]a]", "]", true],
  ["[^\\W\\d]", "7", false],
  ["\\bpool\\b", "db-pool.x", true],
  ["\\bpool\\b", "whirlpool", false],
  ["\\Bpool", "whirlpool", true],
  ["\\A\\z", "", true],
  ["\\p{Han}{2}", "x支付", true],
  ["\\P{Han}", "支付", false],
  ["^.$", "😀", true],
  ["\\x41\\x{1F600}", "A😀", true],
  ["(?P<name>a)(?<other>b)", "ab", true],
  ["a{,2}", "a{,2}", true],
  ["C:\\\\\\w+", "in C:\\temp", true],
])("/%s/ on %j is %s", (source, text, expected) => {
  expect(compileRegex(source)(text)).toBe(expected);
});

test.each([
  ["(a)\\1", /back-reference/],
  ["(?<n>a)\\k<n>", /back-reference/],
  ["a(?=b)", /look-around/],
  ["(?<!a)b", /look-around/],
  ["a(?i)b", /very start/],
  ["(?>a)", /kind of group/],
  ["(a", /\( is not closed/],
  ["a)", /\) without its \(/],
  ["[a", /\[ is not closed/],
  ["*a", /nothing to repeat/],
  ["^*", /nothing to repeat/],
  ["a**", /repetition of a repetition/],
  ["a{2}{3}", /repetition of a repetition/],
  ["a{3,2}", /counts down/],
  ["[z-a]", /no order/],
  ["[[:alpha:]]", /not supported/],
  ["\\p{Emoji}", /\\p\{Emoji\} is not known/],
  ["\\q", /\\q is not known/],
  ["\\", /at the end/],
  ["\\x{110000}", /not a Unicode character/],
  ["(a{100}){100}", /too large/],
  ["\\pL{60}", /too large/],
  ["a".repeat(regexLengthMax + 1), /longer than/],
  ["(".repeat(60), /nested/],
])("refuses /%s/", (source, message) => {
  expect(() => parseRegex(source)).toThrow(RegexSyntaxError);
  expect(() => parseRegex(source)).toThrow(message);
});

describe("the same as JavaScript's engine", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    "ab",
    ".",
    "\\d",
    "\\w",
    "\\b",
    "\\B",
    "^",
    "$",
    "[ab]",
    "[^a]",
    "é",
    "(a|b)",
    "(?:a|)",
    "1",
  );
  const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "+?");
  const piece = fc.tuple(atom, quantifier).map(([a, q]) => (/^(\\b|\\B|\^|\$)$/.test(a) ? a : a + q));
  const source = fc.array(
    fc.oneof({ weight: 6, arbitrary: piece }, { weight: 1, arbitrary: fc.constant("|") }),
    { maxLength: 8 },
  );
  const text = fc.array(fc.constantFrom("a", "b", "1", " ", "é", "\n", "_", "支"), { maxLength: 12 });

  test("on generated patterns and texts", () => {
    fc.assert(
      fc.property(
        source,
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (pieces, texts, ignoresCase) => {
          const body = pieces.join("");
          const expected = new RegExp(body, ignoresCase ? "iu" : "u");
          const matches = compileRegex((ignoresCase ? "(?i)" : "") + body);
          for (const parts of texts) expect(matches(parts.join(""))).toBe(expected.test(parts.join("")));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

// A last class, not a character: the cheap test for a required text would answer before the matcher runs.
test.each([
  ["(a+)+[bc]", "a".repeat(100_000)],
  ["(a|a)*[bc]", "a".repeat(100_000)],
  ["(a|b|ab)*[cd]", "ab".repeat(50_000)],
  ["(.*)*[xz]", "y".repeat(100_000)],
  ["(a?){60}a{60}[bc]", "a".repeat(20_000)],
  ["(x+x+)+[yz]", "x".repeat(100_000)],
  // More states than are kept: each further one is made anew, and none of them is held.
  ["(a|b)*a(a|b){20}[cd]", Array.from({ length: 100_000 }, (_, n) => ((n * n) % 7 < 3 ? "a" : "b")).join("")],
])("/%s/ ends in bounded time", (source, text) => {
  const matches = compileRegex(source);
  const startMs = performance.now();
  expect(matches(text)).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(3_000);
});

test("stays right after more states than are kept", () => {
  const matches = compileRegex("(a|b)*a(a|b){12}[cd]");
  const noise = Array.from({ length: 20_000 }, (_, n) => ((n * n + (n >> 3)) % 7 < 3 ? "a" : "b")).join("");
  expect(matches(noise)).toBe(false);
  expect(matches(`${noise}abbbbbbbbbbbbc`)).toBe(true);
  expect(matches("abbbbbbbbbbbc")).toBe(false);
  expect(matches("abbbbbbbbbbbbc")).toBe(true);
});

test("is written for RE2 without what the dialects differ in", () => {
  expect(toRe2(parseRegex("(?i)^a+?[\\w-]$"))).toBe("(?i)\\A(?:a)+[\\w\\x{2d}]\\z");
  expect(toRe2(parseRegex("(?s).|."))).toBe("(?:(?s:.)|(?s:.))");
});

test.each([
  ["pool (is )?exhausted", "exhausted"],
  ["(?i)Connection refused", "connection refu"],
  ["a|b", undefined],
  ["x*yz", "yz"],
])("the text that every match of /%s/ has", (source, expected) => {
  expect(requiredText(parseRegex(source))).toBe(expected);
});
