import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutEscapes } from "./ansi.ts";
import { bytesKept, cutText } from "./line-cut.ts";
import { canonicalNumber, sameNumber } from "./number-text.ts";
import { isAddress, methodOf, withoutPort } from "./request-parts.ts";
import { severityOfNumber, severityOfWord } from "./severity.ts";
import { nanosOf } from "./span.ts";
import { splitFields, unescapedField } from "./text-fields.ts";

test("colours go, the text stays", () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b[38;5;196m", "\x1b[38;2;1;2;3m", "\x1b[K", "\x1b[1;1H"),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join("");
      expect(withoutEscapes(text)).toBe(stripVTControlCharacters(text));
    }),
  );
  expect(withoutEscapes("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x07b\x1b")).toBe("alinkb");
  expect(withoutEscapes("a\x1b[31")).toBe("a");
});

test("a cut keeps whole characters and as many as fit", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 4, max: 40 }), (text, bytesMax) => {
      const cut = cutText(text, bytesMax);
      expect(text.startsWith(cut)).toBe(true);
      const left = Buffer.byteLength(text) - Buffer.byteLength(cut);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
      expect(left === 0 || Buffer.byteLength(cut) > bytesMax - 4).toBe(true);
    }),
  );
  expect(bytesKept(Buffer.from("支支"), 5)).toBe(3);
});

describe("numbers", () => {
  test("what JavaScript prints is the same number, and one more digit is not", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(sameNumber(String(number), number)).toBe(true);
        expect(sameNumber(number.toExponential(), number)).toBe(true);
      }),
    );
    expect(sameNumber("0.30000000000000004441", 0.30000000000000004)).toBe(false);
    expect(sameNumber("100000000000000000000000", 1e23)).toBe(true);
  });

  test("a text becomes a number only when the number prints the same text", () => {
    expect(["5", "-5", "12.5", "0", "1e21"].map(canonicalNumber)).toEqual([5, -5, 12.5, 0, undefined]);
    expect(
      ["007", "1.10", "-0", "1e3", "0x1", "", "-", "NaN", "9007199254740993"].map(canonicalNumber),
    ).toEqual(Array.from({ length: 9 }, () => undefined));
  });
});

test.each([
  ["12.5ms", "s", 12_500_000],
  ["1m2.5s", "ms", 62_500_000_000],
  ["3 ms", "s", 3_000_000],
  ["250µs", "s", 250_000],
  ["0.25", "s", 250_000_000],
  [1.5, "us", 1_500],
  ["soon", "s", undefined],
  ["1x", "s", undefined],
  ["", "s", undefined],
  [-1, "s", undefined],
  [-0.1, "ns", 0],
  [1e12, "s", undefined],
  [null, "s", undefined],
] as const)("a length of time: %s in %s", (value, unit, expected) => {
  expect(nanosOf(value, unit)).toBe(expected);
});

test("quoted, bracketed and bare parts", () => {
  const text = ' "a \\"b\\" c" [d e] f="g h" i "unfinished';
  expect(splitFields(text, 0).map(({ kind, value }) => `${kind}:${value}`)).toEqual([
    'quoted:a "b" c',
    "bracketed:d e",
    'bare:f="g h"',
    "bare:i",
    'bare:"unfinished',
  ]);
  expect(splitFields('"ends in a backslash \\\\" "next"', 0).map(({ value }) => value)).toEqual([
    "ends in a backslash \\",
    "next",
  ]);
  expect(unescapedField("\\xE6\\x94\\xAF \\x zz \\\\x41 \\xff")).toBe("支 \\x zz \\x41 \ufffd");
});

test("addresses, ports and methods", () => {
  expect(["1.2.3.4", "::1", "2001:db8::7", "::ffff:1.2.3.4", "fe80::1%eth0"].every(isAddress)).toBe(true);
  expect(["shop.test", "1.2.3", "a:b", "dead.beef.a.b", "", "-"].some(isAddress)).toBe(false);
  expect(["1.2.3.4:80", "[::1]:80", "::1", "shop.test:80"].map(withoutPort)).toEqual([
    "1.2.3.4",
    "::1",
    "::1",
    "shop.test",
  ]);
  expect([methodOf("get"), methodOf("M-SEARCH"), methodOf("getUser")]).toEqual([
    "GET",
    "M-SEARCH",
    undefined,
  ]);
});

test("levels", () => {
  expect(["WARNING", "Err", " fatal ", "iNFO", "loud"].map((word) => severityOfWord(word)?.level)).toEqual([
    "warn",
    "error",
    "fatal",
    "info",
    undefined,
  ]);
  expect([10, 35, 60, 3, 7, 200, 550, 8, 99, -1].map((number) => severityOfNumber(number)?.level)).toEqual([
    ...["trace", "info", "fatal", "error", "debug", "info", "fatal"],
    ...[undefined, undefined, undefined],
  ]);
  expect([severityOfWord("notice"), severityOfNumber(35)].map((severity) => severity?.isExact)).toEqual([
    false,
    false,
  ]);
});
