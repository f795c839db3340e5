/**
 * Regular expressions of the query language: the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax)
 * that can be matched in linear time and means the same in every evaluator. A pattern is read into a tree once;
 * the predicate runs the tree with its own matcher (JavaScript's engine backtracks and could stop the event loop),
 * and SQL gets the tree written out again, so no dialect's peculiarity gets through.
 */
export type RegexNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly of: readonly RegexNode[] }
  | { readonly kind: "either"; readonly of: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly of: RegexNode;
      readonly min: number;
      readonly max: number | undefined;
    }
  | { readonly kind: "assert"; readonly what: "start" | "end" | "boundary" | "noBoundary" };

export interface CharacterSet {
  readonly negated: boolean;
  readonly items: readonly SetItem[];
}

export type SetItem =
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "perl"; readonly name: "d" | "w" | "s"; readonly negated: boolean }
  | { readonly kind: "property"; readonly name: string; readonly negated: boolean };

export interface Regex {
  readonly node: RegexNode;
  readonly ignoreCase: boolean;
}

/** What is wrong with a pattern; `at` is the offset within it. */
export class RegexSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "RegexSyntaxError";
    this.at = at;
  }
}

/** Characters of a pattern; what people write by hand is far shorter. */
export const regexLengthMax = 1_000;
/** Steps of the matcher's program after repetitions are written out: bounds the work per character of text. */
export const regexStepsMax = 500;
/** A Unicode class costs the store's engine about a millisecond to build, so it counts as this many steps. */
const propertySteps = 10;
const nestingMax = 50;

const categories = "L Lu Ll Lt Lm Lo N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp M Mn Mc Me";
const scripts = "Latin Greek Cyrillic Armenian Hebrew Arabic Devanagari Thai Hangul Hiragana Katakana Han";
const properties = new Set([...categories.split(" "), ...scripts.split(" ")]);

/** JavaScript's spelling of a property that `\p{…}` may name. */
export function propertyInJavaScript(name: string): string {
  return name.length > 2 ? `Script=${name}` : name;
}

/** Reads a pattern; throws RegexSyntaxError. */
export function parseRegex(source: string): Regex {
  if (source.length > regexLengthMax) {
    throw new RegexSyntaxError(`the pattern is longer than ${regexLengthMax} characters`, regexLengthMax);
  }
  const flags = /^\(\?([is]+)\)/.exec(source);
  const reader = new Reader(source, flags?.[0].length ?? 0, flags?.[1]?.includes("s") ?? false);
  const node = reader.either(0);
  if (reader.at < source.length) throw new RegexSyntaxError("a ) without its (", reader.at);
  if (stepsOf(node) > regexStepsMax) {
    throw new RegexSyntaxError("the pattern is too large once its repetitions are written out", 0);
  }
  return { node, ignoreCase: flags?.[1]?.includes("i") ?? false };
}

/** How many steps the matcher's program has. */
function stepsOf(node: RegexNode): number {
  switch (node.kind) {
    case "set":
      return 1 + propertySteps * node.set.items.filter((item) => item.kind === "property").length;
    case "assert":
      return 1;
    case "sequence":
    case "either":
      return node.of.reduce((sum, part) => sum + stepsOf(part) + 1, 1);
    case "repeat":
      return (stepsOf(node.of) + 1) * Math.max(node.min, node.max ?? node.min + 1, 1);
  }
}

const character = (codePoint: number): RegexNode => ({
  kind: "set",
  set: { negated: false, items: [{ kind: "range", from: codePoint, to: codePoint }] },
});

const controlEscapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };
const assertEscapes: Readonly<Record<string, "start" | "end" | "boundary" | "noBoundary">> = {
  A: "start",
  z: "end",
  b: "boundary",
  B: "noBoundary",
};

class Reader {
  readonly source: string;
  readonly dotAll: boolean;
  at: number;

  constructor(source: string, at: number, dotAll: boolean) {
    this.source = source;
    this.at = at;
    this.dotAll = dotAll;
  }

  either(depth: number): RegexNode {
    if (depth > nestingMax) throw this.error(`groups are nested more than ${nestingMax} deep`);
    const of = [this.sequence(depth)];
    while (this.take("|")) of.push(this.sequence(depth));
    return of.length === 1 ? of[0]! : { kind: "either", of };
  }

  private sequence(depth: number): RegexNode {
    const of: RegexNode[] = [];
    while (this.at < this.source.length && !this.sees("|") && !this.sees(")")) of.push(this.repeated(depth));
    return of.length === 1 ? of[0]! : { kind: "sequence", of };
  }

  private repeated(depth: number): RegexNode {
    const from = this.at;
    const atom = this.atom(depth);
    const bounds = this.quantifier();
    if (!bounds) return atom;
    if (atom.kind === "assert") throw this.error("there is nothing to repeat", from);
    this.take("?"); // A lazy repetition finds the same texts.
    const again = this.at;
    if (this.quantifier()) throw this.error("a repetition of a repetition: put the first in ( )", again);
    return { kind: "repeat", of: atom, ...bounds };
  }

  private quantifier(): { min: number; max: number | undefined } | undefined {
    if (this.take("*")) return { min: 0, max: undefined };
    if (this.take("+")) return { min: 1, max: undefined };
    if (this.take("?")) return { min: 0, max: 1 };
    const counted = this.pattern(/\{(\d{1,4})(?:(,)(\d{0,4}))?\}/y);
    if (!counted) return undefined;
    const min = Number(counted[1]);
    const max = counted[2] ? (counted[3] ? Number(counted[3]) : undefined) : min;
    if (max !== undefined && max < min) throw this.error(`{${min},${max}} counts down`);
    return { min, max };
  }

  private atom(depth: number): RegexNode {
    const from = this.at;
    const codePoint = this.next();
    switch (String.fromCodePoint(codePoint)) {
      case "(":
        return this.group(depth, from);
      case "[":
        return { kind: "set", set: this.set(from) };
      case ".":
        return { kind: "set", set: { negated: true, items: this.dotAll ? [] : [range(10, 10)] } };
      case "^":
        return { kind: "assert", what: "start" };
      case "$":
        return { kind: "assert", what: "end" };
      case "\\":
        return this.escaped(from);
      case "*":
      case "+":
      case "?":
        throw this.error("there is nothing to repeat", from);
      default:
        return character(codePoint);
    }
  }

  private group(depth: number, from: number): RegexNode {
    if (this.sees("?") && !this.pattern(/\?:|\?P?<[A-Za-z_]\w*>/y)) throw this.error(refusalOf(this), from);
    const node = this.either(depth + 1);
    if (!this.take(")")) throw this.error("this ( is not closed", from);
    return node;
  }

  private escaped(from: number): RegexNode {
    const name = this.source[this.at] ?? "";
    const what = assertEscapes[name];
    if (what) {
      this.at++;
      return { kind: "assert", what };
    }
    return { kind: "set", set: { negated: false, items: [this.escape(from)] } };
  }

  /** What stands after a backslash, in a class or out of one. */
  private escape(from: number): SetItem {
    const name = this.source[this.at];
    if (name === undefined) throw this.error("a \\ at the end of the pattern", from);
    if (/[1-9]/.test(name) || name === "k") {
      throw this.error("a back-reference (\\1) is not possible: a pattern is matched in linear time", from);
    }
    const perl = this.pattern(/[dwsDWS]/y)?.[0];
    if (perl) {
      const lower = perl.toLowerCase() as "d" | "w" | "s";
      return { kind: "perl", name: lower, negated: perl !== lower };
    }
    const property = this.pattern(/([pP])(?:\{(\^?)([A-Za-z]+)\}|([A-Z]))/y);
    if (property) return this.property(property, from);
    const hex = this.pattern(/x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y);
    if (hex) return this.codePoint(Number.parseInt(hex[1] ?? hex[2]!, 16), from);
    const codePoint = this.next();
    const control = controlEscapes[name];
    if (control !== undefined) return range(control, control);
    if (/[A-Za-z0-9]/.test(name)) throw this.error(`\\${name} is not known`, from);
    return range(codePoint, codePoint);
  }

  private property(match: RegExpExecArray, from: number): SetItem {
    const name = match[3] ?? match[4]!;
    if (!properties.has(name)) {
      throw this.error(`\\p{${name}} is not known; there are ${[...properties].join(", ")}`, from);
    }
    return { kind: "property", name, negated: (match[1] === "P") !== (match[2] === "^") };
  }

  private codePoint(value: number, from: number): SetItem {
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
      throw this.error("not a Unicode character", from);
    }
    return range(value, value);
  }

  private set(from: number): CharacterSet {
    const negated = this.take("^");
    const items: SetItem[] = [];
    while (items.length === 0 || !this.sees("]")) {
      if (this.at >= this.source.length) throw this.error("this [ is not closed", from);
      items.push(this.setItem());
    }
    this.at++;
    return { negated, items };
  }

  private setItem(): SetItem {
    const from = this.at;
    if (this.source.startsWith("[:", from))
      throw this.error("[: :] is not supported; use \\d \\w \\s \\p{…}");
    const low = this.setCharacter();
    const isRange = this.sees("-") && this.source[this.at + 1] !== "]" && this.at + 1 < this.source.length;
    if (!isRange) return low;
    this.at++;
    const high = this.setCharacter();
    if (low.kind !== "range" || high.kind !== "range" || low.from > high.from) {
      throw this.error("the range has no order", from);
    }
    return range(low.from, high.from);
  }

  private setCharacter(): SetItem {
    const from = this.at;
    const codePoint = this.next();
    return codePoint === 92 ? this.escape(from) : range(codePoint, codePoint);
  }

  private next(): number {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) throw this.error("the pattern ends too early");
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  private sees(text: string): boolean {
    return this.source[this.at] === text;
  }

  private take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at++;
    return true;
  }

  private pattern(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.at;
    const match = sticky.exec(this.source);
    if (match) this.at += match[0].length;
    return match ?? undefined;
  }

  private error(message: string, at = this.at): RegexSyntaxError {
    return new RegexSyntaxError(message, at);
  }
}

function range(from: number, to: number): SetItem {
  return { kind: "range", from, to };
}

function refusalOf(reader: Reader): string {
  const rest = reader.source.slice(reader.at);
  if (/^\?<?[=!]/.test(rest)) return "look-around is not possible: a pattern is matched in linear time";
  if (/^\?[a-z-]*[:)]/.test(rest)) return "flags stand at the very start only: (?i), (?s) or (?is)";
  return "this kind of group is not known; use ( ) or (?: )";
}
