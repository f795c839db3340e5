import { expect, test } from "vitest";
import { terminalJson, terminalLines, terminalText } from "./terminal-text.ts";

test("a log line cannot command the terminal", () => {
  expect(terminalText("\x1b[2Jgone\x1b]0;title\x07")).toBe("␛[2Jgone␛]0;title␇");
  expect(terminalText("a\rb\nc\x08d\x7fe")).toBe("a␍b␊c␈d␡e");
  expect(terminalText("\x9b31m red")).toBe("\\u009b31m red");
});

test("a log line cannot turn the writing direction", () => {
  expect(terminalText("user\u202etxt.exe\u2066")).toBe("user\\u202etxt.exe\\u2066");
});

test("ordinary text of any language stays", () => {
  expect(terminalText("支付失败 – naïve ✓ 🙂\tend")).toBe("支付失败 – naïve ✓ 🙂    end");
});

test("further lines of a text are indented, so that none looks like a row", () => {
  expect(terminalLines("first\r\n2026-11-22 ERROR forged", "  ")).toBe("first\n  2026-11-22 ERROR forged");
});

test("JSON escapes C1 controls too and stays the same value", () => {
  const value = { message: "a\x9b31m\x7f\x1b" };
  for (const control of ["\x9b", "\x7f", "\x1b"]) expect(terminalJson(value)).not.toContain(control);
  expect(JSON.parse(terminalJson(value))).toEqual(value);
});
