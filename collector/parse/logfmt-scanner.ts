import { withoutEscapes } from "./ansi.ts";
import { ruleOfName } from "./field-rules.ts";
import { endOfString, unescapedText } from "./json-text.ts";
import { attributesMax } from "./limits.ts";
import type { LineDraft } from "./line-draft.ts";
import { isDigit } from "./line-time.ts";
import { canonicalNumber } from "./number-text.ts";

const equals = 61;
const quote = 34;

interface Pair {
  readonly name: string;
  readonly value: unknown;
}

/**
 * Reads `name=value name="quoted \"value\"" flag` (https://brandur.org/logfmt), also behind a leading time. It wins
 * with two pairs, or with one that is a level or a message, and with at least two pairs per bare word: prose that
 * mentions `a=1` is not logfmt. False when the line is something else; nothing is written then.
 */
export function scanLogfmt(text: string, draft: LineDraft): boolean {
  const start = startOfPairs(text, draft);
  if (start < 0) return false;
  const pairs: Pair[] = [];
  let words = 0;
  let at = start;
  while (at < text.length) {
    const nameEnd = endOfName(text, at);
    if (nameEnd === at || pairs.length >= attributesMax) return false;
    const name = text.slice(at, nameEnd);
    if (text.charCodeAt(nameEnd) === equals) {
      at = valueAt(text, nameEnd + 1, name, pairs);
      if (at < 0) return false;
    } else {
      if (pairs.length === 0 || !isBlank(text.charCodeAt(nameEnd))) return false;
      words++;
      pairs.push({ name, value: true });
      at = nameEnd;
    }
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  }
  if (!wins(pairs, words)) return false;
  if (start > 0) setTime(text, draft);
  for (const { name, value } of pairs) draft.take(ruleOfName(name), name, shownValue(value, draft));
  return true;
}

function wins(pairs: readonly Pair[], words: number): boolean {
  const real = pairs.length - words;
  if (words * 2 > real) return false;
  return real >= 2 || pairs.some(({ name }) => name === "level" || name === "msg" || name === "message");
}

/** The first name's place, behind a leading time when there is one; -1 when the line begins otherwise. */
function startOfPairs(text: string, draft: LineDraft): number {
  const end = isDigit(text.charCodeAt(0)) ? endOfTime(text, draft) : 0;
  const nameEnd = endOfName(text, end);
  return nameEnd > end && text.charCodeAt(nameEnd) === equals ? end : -1;
}

function endOfTime(text: string, draft: LineDraft): number {
  if (draft.time.iso(text, 0, draft.timeMs) === undefined) return 0;
  const { end } = draft.time;
  return text.charCodeAt(end) === 32 ? end + 1 : 0;
}

function setTime(text: string, draft: LineDraft): void {
  const created = draft.time.iso(text, 0, draft.timeMs);
  if (created !== undefined) draft.set("event.created", created);
}

/** Adds the pair and gives the place behind its value; -1 for a value that no logfmt has. */
function valueAt(text: string, from: number, name: string, pairs: Pair[]): number {
  if (text.charCodeAt(from) === quote) {
    const end = endOfString(text, from + 1);
    const after = text.charCodeAt(end + 1);
    if (end >= text.length || (end + 1 < text.length && !isBlank(after))) return -1;
    pairs.push({ name, value: quotedValue(text.slice(from, end + 1)) });
    return end + 1;
  }
  let end = from;
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  // A comma at the end is a list in prose: `a=1, b=2`.
  if (text.charCodeAt(end - 1) === 44) return -1;
  pairs.push({ name, value: bareValue(text.slice(from, end)) });
  return end;
}

function quotedValue(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  return unescapedText(literal) ?? goUnescaped(literal.slice(1, -1));
}

/** A text without colours and half characters that its escapes may have stood for. */
function shownValue(value: unknown, draft: LineDraft): unknown {
  if (typeof value !== "string") return value;
  const shown = withoutEscapes(value.isWellFormed() ? value : value.toWellFormed());
  if (shown !== value) draft.lossy = true;
  return shown;
}

const goEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  v: "\v",
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
};

/** Go's escapes that JSON has not (`\x1b`, `\a`); an unknown one stands for its own character. */
function goUnescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (goEscapes[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Numbers and booleans that their own text gives back exactly, so that they can be counted with; else the text. */
function bareValue(text: string): unknown {
  if (text === "true") return true;
  if (text === "false") return false;
  return canonicalNumber(text) ?? text;
}

/** Letters, digits and `_ . - / @ $`. */
function endOfName(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isName =
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 45 && code <= 57) || code === 95;
    if (!isName && code !== 64 && code !== 36 && code < 128) break;
  }
  return at;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || Number.isNaN(code);
}
