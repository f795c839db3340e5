import { expect, test } from "vitest";
import { compileTextMatch } from "./text-match.ts";
import { lowerCase, wordsOf } from "./words.ts";

test.each([
  ["pool exhausted", ["pool", "exhausted"]],
  ["connection_error db-1:5432", ["connection", "error", "db", "1", "5432"]],
  ["java.sql.SQLException", ["java", "sql", "sqlexception"]],
  ["支付失败 order9号", ["支", "付", "失", "败", "order9", "号"]],
  ["サーバー エラー", ["サ", "ー", "バ", "ー", "エ", "ラ", "ー"]],
  ["ｻｰﾊﾞ", ["ｻ", "ｰ", "ﾊ", "ﾞ"]],
  ["Ошибка №5 naïve 한국어", ["ошибка", "5", "naïve", "한국어"]],
  ["𝒜𝒷c 😀", ["𝒜𝒷c"]],
  ["İstanbul ΟΔΟΣ", ["istanbul", "οδοσ"]],
  ["-> ...", []],
])("words of %s", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test("lower case keeps one character for one", () => {
  expect(lowerCase("İΣ ABC É")).toBe("iσ abc é");
});

const phrase = (words: string[], lastIsPrefix = false) => ({ kind: "phrase" as const, words, lastIsPrefix });

test.each([
  [{ kind: "prefix" as const, word: "error" }, "connection_error", true],
  [{ kind: "prefix" as const, word: "error" }, "java.io.Errors", true],
  [{ kind: "prefix" as const, word: "error" }, "terror", false],
  [{ kind: "prefix" as const, word: "error" }, "terror error", true],
  [{ kind: "prefix" as const, word: "error" }, "支付error", true],
  [{ kind: "prefix" as const, word: "1" }, "𝒜1", false],
  [phrase(["pool", "exhausted"]), "the pool, exhausted!", true],
  [phrase(["pool", "exhausted"]), "pool is exhausted", false],
  [phrase(["pool", "exhaust"]), "pool exhausted", false],
  [phrase(["pool", "exhaust"], true), "pool exhausted", true],
  [phrase(["a", "b"]), "ab", false],
  [phrase(["a", "b"]), "a ab a b", true],
  [phrase(["支", "付"]), "支付", true],
  [phrase(["支", "付"]), "支 付", true],
  [phrase(["支", "付"]), "支x付", false],
  [phrase(["ok", "支"]), "ok支", true],
  [phrase(["ok"]), "okay", false],
  [phrase(["ok"]), "ok支", true],
  [phrase(["a", "b"]), "a \ufdd0 b", false],
])("%j in %s is %s", (match, text, expected) => {
  expect(compileTextMatch(match)(text, lowerCase(text))).toBe(expected);
});
