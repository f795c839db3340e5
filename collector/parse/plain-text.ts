import type { Level } from "../../common/fields/dictionary.ts";
import type { LineDraft } from "./line-draft.ts";
import { isDigit, type LineTime, monthNumber, two } from "./line-time.ts";
import { severityOfNumber, severityOfWord } from "./severity.ts";

/** A level stands within so many characters and parts of the line's head, or the word is prose. */
const headLengthMax = 200;
const partsMax = 8;
const bracketLengthMax = 64;

/**
 * Finds level and time at the head of a text line: `[ERROR] …`, `ERROR: …`, `2026-11-22 18:00:00,123 [main] WARN c.E -
 * …`, `2026/11/22 18:00:00 [error] 29#29: …`, `<34>Oct 11 …`, `level=error`. It is careful: "no error" and "0 errors"
 * are prose, so a word counts only where a level stands: first, in brackets, before a colon, or in capitals behind a
 * time.
 */
export function readPlain(text: string, draft: LineDraft): void {
  const head = new Head(text, draft.time, draft.timeMs);
  const level = head.level() ?? levelOfPair(text);
  if (head.created !== undefined) draft.set("event.created", head.created);
  if (level !== undefined) draft.set("log.level", level);
}

/** Words that mean a level nowhere but in structured logs, and so never in text. */
const notInText = new Set([
  "log",
  "http",
  "success",
  "fine",
  "config",
  "note",
  "system",
  "silly",
  "disaster",
]);

class Head {
  created: string | undefined;
  readonly #text: string;
  readonly #time: LineTime;
  readonly #timeMs: number;
  #at = 0;
  /** The head has a time: then bare capitals are a level. */
  #stamped = false;
  /** Plain words that were passed: behind two of them it is prose. */
  #words = 0;

  constructor(text: string, time: LineTime, timeMs: number) {
    this.#text = text;
    this.#time = time;
    this.#timeMs = timeMs;
  }

  level(): Level | undefined {
    const priority = this.#priority();
    if (priority !== undefined) return priority;
    const end = Math.min(this.#text.length, headLengthMax);
    for (let part = 0; part < partsMax && this.#at < end; part++) {
      if (!this.#skipMarks() || this.#skipTime()) continue;
      const code = this.#text.charCodeAt(this.#at);
      const level = code === 91 || code === 60 || code === 40 ? this.#bracket() : this.#word();
      if (level === "prose") return undefined;
      if (level !== undefined) return level;
    }
    return undefined;
  }

  /** Syslog's `<34>`: severity is the lowest three bits (RFC 5424 section 6.2.1). */
  #priority(): Level | undefined {
    if (this.#text.charCodeAt(0) !== 60 || !isDigit(this.#text.charCodeAt(1))) return undefined;
    const close = this.#text.indexOf(">");
    const priority = Number(this.#text.slice(1, close));
    return close > 1 && close <= 4 && priority < 192 ? severityOfNumber(priority & 7)?.level : undefined;
  }

  /** Passes blanks, bars and dashes between the parts; false at the line's end. */
  #skipMarks(): boolean {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 124 && code !== 45 && code !== 93) return true;
    }
    return false;
  }

  #skipTime(): boolean {
    if (this.#stamped) return false;
    const text = this.#text;
    const at = text.charCodeAt(this.#at) === 91 ? this.#at + 1 : this.#at;
    const code = text.charCodeAt(at);
    const end = isDigit(code) ? this.#digitalTime(at) : endOfNamedTime(text, at);
    if (end <= at) return false;
    this.#stamped = true;
    this.#at = end;
    return true;
  }

  /** The place behind a date with a clock, or a clock alone; the start when it is neither. */
  #digitalTime(at: number): number {
    const text = this.#text;
    const created = this.#time.iso(text, at, this.#timeMs) ?? this.#time.clf(text, at, this.#timeMs);
    if (created === undefined) return endOfClock(text, at);
    this.created = created;
    return this.#time.end;
  }

  /** `[error]`, `<WARN>`, Apache's `[core:error]`; other brackets (thread, pid, logger) are passed. */
  #bracket(): Level | "prose" | undefined {
    const text = this.#text;
    const open = text.charCodeAt(this.#at);
    const close = text.indexOf(open === 91 ? "]" : open === 60 ? ">" : ")", this.#at);
    if (close < 0 || close - this.#at > bracketLengthMax) return "prose";
    const inner = text.slice(this.#at + 1, close).trim();
    this.#at = close + 1;
    const level = textLevel(inner);
    if (level !== undefined || !this.#stamped) return level;
    return textLevel(inner.slice(inner.lastIndexOf(":") + 1));
  }

  #word(): Level | "prose" | undefined {
    const text = this.#text;
    const start = this.#at;
    const letters = endOfLetters(text, start);
    if (isLead(text, start, letters)) {
      this.#at = letters + 1;
      return undefined;
    }
    const level = letters > start ? textLevel(text.slice(start, letters)) : undefined;
    if (level !== undefined && this.#stands(start, letters)) return level;
    const end = endOfPart(text, start);
    this.#at = end;
    const endsInColon = text.charCodeAt(end - 1) === 58;
    if (endsInColon) return undefined;
    if (!this.#stamped) return "prose";
    if (letters === end && ++this.#words > 1) return "prose";
    return undefined;
  }

  /** True when the word from `start` to `end` is written as levels are, and stands where they do. */
  #stands(start: number, end: number): boolean {
    const text = this.#text;
    const next = text.charCodeAt(end);
    const word = text.slice(start, end);
    if (word === word.toUpperCase()) return isLevelEnd(text, end);
    if (this.#words > 0) return false;
    if (next === 58) return true;
    const isLower = word === word.toLowerCase();
    const isSetApart =
      next === 9 || next === 124 || text.startsWith("  ", end) || text.startsWith(" - ", end);
    return this.#stamped && isLower && isSetApart;
  }
}

/** What stands before the level: Ruby's `E, [time #pid]`, `npm ERR!`. */
function isLead(text: string, start: number, letters: number): boolean {
  return text.startsWith(", [", letters) ? letters - start === 1 : start === 0 && text.startsWith("npm ");
}

function textLevel(word: string): Level | undefined {
  if (word.length < 3 || word.length > 12) return undefined;
  return notInText.has(word.toLowerCase()) ? postgresLevel(word) : severityOfWord(word)?.level;
}

/** PostgreSQL prints `LOG:`. */
function postgresLevel(word: string): Level | undefined {
  return word === "LOG" ? "info" : undefined;
}

/** What follows a level in capitals: the line's end, a blank, or one of `: ] | [ , ) ! ;`. */
function isLevelEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  if (code === 91) return isDigit(text.charCodeAt(at + 1));
  return code === 32 || code === 9 || ":]|,)!;>".includes(text.charAt(at));
}

function endOfLetters(text: string, from: number): number {
  let at = from;
  for (; at < text.length && at - from < 16; at++) {
    const code = text.charCodeAt(at) | 32;
    if (code < 97 || code > 122) break;
  }
  return at;
}

function endOfPart(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 32 && text.charCodeAt(at) !== 9) at++;
  return at;
}

/** Behind `18:00:00.123`, or zerolog's `6:00PM`; the start when there is no clock. */
function endOfClock(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== 58 || !(two(text, at) < 24 && two(text, at + 3) < 60))
    return twelveHours(text, at);
  if (text.charCodeAt(at + 5) !== 58) return twelveHours(text, at);
  let end = at + 8;
  while (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === 46 || text.charCodeAt(end) === 44) end++;
  return end;
}

function twelveHours(text: string, at: number): number {
  const colon = text.charCodeAt(at + 1) === 58 ? at + 1 : at + 2;
  const half = text.slice(colon + 3, colon + 5);
  return text.charCodeAt(colon) === 58 && (half === "AM" || half === "PM") ? colon + 5 : at;
}

/** Behind `Nov 22 18:00:00` (syslog) and `Wed Nov 22 18:00:00.123456 2026` (Apache); the start when it is neither. */
function endOfNamedTime(text: string, at: number): number {
  const month = Number.isNaN(monthNumber(text, at)) ? at + 4 : at;
  if (Number.isNaN(monthNumber(text, month)) || text.charCodeAt(month + 3) !== 32) return at;
  const end = endOfClock(text, month + 7);
  if (end === month + 7) return at;
  const hasYear = text.charCodeAt(end) === 32 && !Number.isNaN(two(text, end + 1) + two(text, end + 3));
  return hasYear ? end + 5 : end;
}

/** `level=error` somewhere in the head. */
function levelOfPair(text: string): Level | undefined {
  const at = text.indexOf("level=");
  if (at < 0 || at > headLengthMax) return undefined;
  const before = at === 0 ? 32 : text.charCodeAt(at - 1);
  if (before !== 32 && before !== 9 && before !== 91 && before !== 40) return undefined;
  const from = text.charAt(at + 6) === '"' ? at + 7 : at + 6;
  return textLevel(text.slice(from, endOfLetters(text, from)));
}
