/** One part of a line that is separated by blanks: `bare`, `"quoted"` without its quotes, or `[bracketed]`. */
export interface TextField {
  readonly kind: "bare" | "quoted" | "bracketed";
  readonly value: string;
}

/** Parts that one line is split into at most; access logs have about twenty. */
const fieldsMax = 64;

/** The parts from a place on. Quotes inside a quoted part are `\"`, or any that no blank follows. */
export function splitFields(text: string, from: number): TextField[] {
  const fields: TextField[] = [];
  let at = from;
  while (at < text.length && fields.length < fieldsMax) {
    const char = text[at];
    if (char === " " || char === "\t") {
      at++;
      continue;
    }
    const end = char === '"' ? endOfQuoted(text, at + 1) : char === "[" ? endOfBracketed(text, at) : -1;
    if (end < 0) {
      const blank = endOfBare(text, at);
      fields.push({ kind: "bare", value: text.slice(at, blank) });
      at = blank;
    } else {
      const kind = char === '"' ? "quoted" : "bracketed";
      fields.push({ kind, value: unescapedField(text.slice(at + 1, end)) });
      at = end + 1;
    }
  }
  return fields;
}

/** The place of the closing quote of a part whose text begins at `from`; -1 when there is none. */
export function endOfQuoted(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end >= 0) {
    const after = text.charCodeAt(end + 1);
    const closes = end + 1 >= text.length || after === 32 || after === 9;
    if (closes && !isEscaped(text, end, from)) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

/** True when an odd number of backslashes stands before. */
function isEscaped(text: string, at: number, from: number): boolean {
  let backslashes = 0;
  while (at - backslashes > from && text.charCodeAt(at - backslashes - 1) === 92) backslashes++;
  return backslashes % 2 === 1;
}

function endOfBracketed(text: string, from: number): number {
  const end = text.indexOf("]", from);
  return end >= 0 && (end + 1 === text.length || text.charCodeAt(end + 1) === 32) ? end : -1;
}

/** The next blank that is outside of quotes, as in `urt="0.002"`. */
function endOfBare(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 32 && text.charCodeAt(at) !== 9) {
    const isQuote = text.charCodeAt(at) === 34;
    const close = isQuote ? text.indexOf('"', at + 1) : -1;
    at = close >= 0 ? close + 1 : at + 1;
  }
  return at;
}

/** `\"`, `\\` and bytes as `\xE4` (Apache's ap_escape_logitem, nginx's escape=default); bytes are read as UTF-8. */
export function unescapedField(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes = Buffer.from(text, "utf8");
  const out = Buffer.alloc(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const next = bytes[at + 1];
    const hex = bytes[at] === 92 && next === 120 ? bytes.toString("latin1", at + 2, at + 4) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      out[length++] = Number.parseInt(hex, 16);
      at += 3;
    } else if (bytes[at] === 92 && (next === 34 || next === 92)) {
      out[length++] = next;
      at++;
    } else out[length++] = bytes[at]!;
  }
  return out.toString("utf8", 0, length);
}
