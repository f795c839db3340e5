import { withoutEscapes } from "./ansi.ts";
import { ruleOfName } from "./field-rules.ts";
import { endOfString, isJson, unescapedText } from "./json-text.ts";
import { depthMax, nameLengthMax } from "./limits.ts";
import type { LineDraft, Rule } from "./line-draft.ts";
import { sameNumber } from "./number-text.ts";
import { owned } from "./owned-text.ts";

const quote = 34;
const comma = 44;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Integers of up to this many digits are exact in a double, and so are decimals (IEEE 754 binary64). */
const exactDigitsMax = 15;

/** How many names of the last line are remembered, and how long they may be. */
const namesKept = 64;
const nameKeptLengthMax = 128;

interface Name {
  /** The dotted name of the object that it is in. */
  readonly prefix: string;
  /** With quotes and colon, as printed. */
  readonly printed: string;
  /** The dotted name. */
  readonly name: string;
  readonly rule: Rule | undefined;
}

/** What ends the reading of a line that is not JSON. */
const invalid = Symbol("not JSON");

/**
 * Reads a line that is one JSON object in one pass into a draft: known names to fields, the rest to `attrs`,
 * flattened to dotted names. It sees what `JSON.parse` hides (duplicate names, numbers beyond a double), and
 * accepts the same lines, save that a raw control character inside a string is taken as it is.
 */
export class JsonScanner {
  #text = "";
  #at = 0;
  #draft!: LineDraft;
  /** The names of the last line, place by place: the next one mostly has the same. */
  readonly #names: Name[] = [];
  #place = 0;
  /** The next backslash, or one that was passed. */
  #backslash = -1;

  /** False when the line is not one JSON object; the draft is then half written. */
  scan(text: string, draft: LineDraft): boolean {
    this.#text = text;
    this.#draft = draft;
    this.#at = 0;
    this.#place = 0;
    this.#backslash = -1;
    this.#blanks();
    if (text.charCodeAt(this.#at) !== openBrace) return false;
    const isObject = this.#object("", 1);
    if (!isObject) return false;
    this.#blanks();
    return this.#at === text.length;
  }

  /** Reads an object from its brace; depth 1 is the line itself. */
  #object(prefix: string, depth: number): boolean {
    const text = this.#text;
    this.#at++;
    this.#blanks();
    if (text.charCodeAt(this.#at) === closeBrace) {
      if (depth > 1) this.#draft.take(undefined, prefix, {});
      this.#at++;
      return true;
    }
    for (;;) {
      if (this.#draft.full) return this.#rest(prefix, depth);
      if (!this.#member(prefix, depth)) return false;
      this.#blanks();
      const code = text.charCodeAt(this.#at++);
      if (code === closeBrace) return true;
      if (code !== comma) return false;
      this.#blanks();
    }
  }

  #member(prefix: string, depth: number): boolean {
    const text = this.#text;
    const place = this.#place++;
    let known = this.#names[place];
    if (known !== undefined && known.prefix === prefix && text.startsWith(known.printed, this.#at))
      this.#at += known.printed.length;
    else {
      known = this.#newName(prefix, depth, place);
      if (known === undefined) return false;
    }
    this.#blanks();
    const { name } = known;
    if (text.charCodeAt(this.#at) === openBrace && depth < depthMax && name.length <= nameLengthMax)
      return this.#object(name, depth + 1);
    const value = this.#value(depth + 1);
    if (value === invalid) return false;
    this.#draft.take(known.rule, name, value);
    return true;
  }

  /** Reads a name that is not the one which the last line had at this place. */
  #newName(prefix: string, depth: number, place: number): Name | undefined {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(start) !== quote) return undefined;
    const key = this.#string();
    if (key === undefined) return undefined;
    this.#blanks();
    if (text.charCodeAt(this.#at) !== colon) return undefined;
    this.#at++;
    const name = depth === 1 ? key : `${prefix}.${key}`;
    const known = { prefix, printed: text.slice(start, this.#at), name, rule: ruleOfName(name) };
    const isPlain = name.length <= nameKeptLengthMax && !known.printed.includes("\\");
    if (isPlain && place < namesKept) this.#names[place] = ownText(known);
    return known;
  }

  /** A scalar, an array as it is, or the JSON text of what is too deep. */
  #value(depth: number): unknown {
    switch (this.#text.charCodeAt(this.#at)) {
      case quote:
        return this.#string() ?? invalid;
      case openBrace:
        return this.#raw();
      case openBracket:
        return depth <= depthMax ? this.#array(depth) : this.#raw();
      case 116:
        return this.#literal("true", true);
      case 102:
        return this.#literal("false", false);
      case 110:
        return this.#literal("null", null);
      default:
        return this.#number();
    }
  }

  #literal<T>(word: string, value: T): T | typeof invalid {
    if (!this.#text.startsWith(word, this.#at)) return invalid;
    this.#at += word.length;
    return value;
  }

  #array(depth: number): unknown {
    const items: unknown[] = [];
    this.#at++;
    this.#blanks();
    if (this.#text.charCodeAt(this.#at) === closeBracket) {
      this.#at++;
      return items;
    }
    for (;;) {
      const item = this.#item(depth + 1);
      if (item === invalid) return invalid;
      items.push(item);
      this.#blanks();
      const code = this.#text.charCodeAt(this.#at++);
      if (code === closeBracket) return items;
      if (code !== comma) return invalid;
      this.#blanks();
    }
  }

  #item(depth: number): unknown {
    const isObject = this.#text.charCodeAt(this.#at) === openBrace;
    return isObject && depth <= depthMax ? this.#plainObject(depth) : this.#value(depth);
  }

  /** An object inside an array, kept as an object. */
  #plainObject(depth: number): unknown {
    const members = new Map<string, unknown>();
    this.#at++;
    this.#blanks();
    let code = this.#text.charCodeAt(this.#at);
    if (code === closeBrace) this.#at++;
    while (code !== closeBrace) {
      if (this.#text.charCodeAt(this.#at) !== quote) return invalid;
      const key = this.#string();
      this.#blanks();
      if (key === undefined || this.#text.charCodeAt(this.#at++) !== colon) return invalid;
      this.#blanks();
      const value = this.#item(depth + 1);
      if (value === invalid) return invalid;
      if (members.has(key)) this.#draft.lossy = true;
      members.set(key, value);
      this.#blanks();
      code = this.#text.charCodeAt(this.#at++);
      if (code !== closeBrace && code !== comma) return invalid;
      this.#blanks();
    }
    // Unlike an assignment, this makes `__proto__` a name like any other.
    return Object.fromEntries(members);
  }

  /** The text of a balanced value, checked to be JSON. */
  #raw(): unknown {
    const start = this.#at;
    if (!this.#skipBalanced()) return invalid;
    const raw = this.#text.slice(start, this.#at);
    return isJson(raw) ? raw : invalid;
  }

  /** Keeps the members that are left of an object when `attrs` is full, as they are printed. */
  #rest(prefix: string, depth: number): boolean {
    const start = this.#at;
    if (!this.#skipBalanced(1)) return false;
    const members = this.#text.slice(start, this.#at - 1);
    if (members === "" || !isJson(`{${members}}`)) return false;
    this.#draft.rest(depth === 1 ? members : `${JSON.stringify(prefix)}:{${members}}`);
    return true;
  }

  /** Moves behind the bracket that closes `open` open ones; strings are skipped as such. */
  #skipBalanced(open = 0): boolean {
    const text = this.#text;
    let depth = open;
    for (let at = this.#at; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        at = endOfString(text, at + 1);
        continue;
      }
      if (code === openBrace || code === openBracket) depth++;
      else if (code === closeBrace || code === closeBracket) depth--;
      if (depth === 0) {
        this.#at = at + 1;
        return true;
      }
    }
    return false;
  }

  /** Reads a string from its quote; undefined when it does not end or holds a bad escape. */
  #string(): string | undefined {
    const text = this.#text;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    if (end < 0) return undefined;
    if (this.#backslash < start) this.#backslash = placeOf(text, "\\", start);
    if (this.#backslash < end) return this.#escaped(start, this.#backslash);
    this.#at = end + 1;
    return text.slice(start, end);
  }

  #escaped(start: number, backslashAt: number): string | undefined {
    const end = endOfString(this.#text, backslashAt);
    if (end >= this.#text.length) return undefined;
    this.#at = end + 1;
    const value = unescapedText(this.#text.slice(start - 1, end + 1));
    if (value === undefined) return undefined;
    const shown = withoutEscapes(value.isWellFormed() ? value : value.toWellFormed());
    // A lone half of a surrogate pair is no text, and a store refuses the whole batch for it.
    if (shown !== value) this.#draft.lossy = true;
    return shown;
  }

  #number(): unknown {
    const text = this.#text;
    const start = this.#at;
    let at = text.charCodeAt(start) === 45 ? start + 1 : start;
    const first = at;
    let value = 0;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const digits = at - first;
    if (digits === 0 || (digits > 1 && text.charCodeAt(first) === 48)) return invalid;
    const code = text.charCodeAt(at);
    if (code === 46 || code === 101 || code === 69 || digits > exactDigitsMax)
      return this.#longNumber(start, at);
    this.#at = at;
    return first === start || value === 0 ? value : -value;
  }

  /** A number with a fraction, an exponent or many digits. What a double cannot hold stays text. */
  #longNumber(start: number, wholeEnd: number): unknown {
    const text = this.#text;
    let at = wholeEnd;
    if (text.charCodeAt(at) === 46) {
      at = endOfDigits(text, at + 1);
      if (at === wholeEnd + 1) return invalid;
    }
    const hasExponent = text.charCodeAt(at) === 101 || text.charCodeAt(at) === 69;
    if (hasExponent) {
      const sign = text.charCodeAt(at + 1);
      const from = sign === 43 || sign === 45 ? at + 2 : at + 1;
      at = endOfDigits(text, from);
      if (at === from) return invalid;
    }
    this.#at = at;
    const printed = text.slice(start, at);
    const value = Number(printed);
    if (!hasExponent && printed.length <= exactDigitsMax) return value;
    if (sameNumber(printed, value)) return value;
    this.#draft.lossy = true;
    return printed;
  }

  #blanks(): void {
    const text = this.#text;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code > 32 || (code !== 32 && code !== 9 && code !== 13 && code !== 10)) return;
      this.#at++;
    }
  }
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
  }
  return at;
}

/** The place of a character, or a place behind every other when it is not there. */
function placeOf(text: string, char: string, from: number): number {
  const at = text.indexOf(char, from);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

/** A slice keeps its whole line in memory; what is remembered must have a text of its own. */
function ownText(name: Name): Name {
  return { ...name, printed: owned(name.printed), name: owned(name.name) };
}
