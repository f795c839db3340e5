/** The text of a query, read piece by piece. What a piece means depends on where it stands, so the parser asks. */

/** An expected failure of reading a query; becomes the `error` of a ParsedQuery. Offsets count UTF-16 units. */
export class QuerySyntaxError extends Error {
  readonly from: number;
  readonly to: number;

  constructor(message: string, from: number, to: number) {
    super(message);
    this.name = "QuerySyntaxError";
    this.from = from;
    this.to = to;
  }
}

/** A run without blanks. */
export interface Word {
  readonly kind: "word";
  /** With escapes resolved. */
  readonly text: string;
  /** The same as a glob pattern: `*` and `?` that were escaped stay escaped. */
  readonly pattern: string;
  readonly hasStar: boolean;
  readonly hasMark: boolean;
  readonly from: number;
  readonly to: number;
}

/** Text between `"`: taken as it is, without wildcards. */
export interface Quoted {
  readonly kind: "quoted";
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** `/pattern/` or `/pattern/i`. */
export interface Pattern {
  readonly kind: "pattern";
  readonly source: string;
  readonly from: number;
  readonly to: number;
}

/** A name and what follows it: `status>=`, `level:`. */
export interface NameAndOperator {
  readonly name: string;
  readonly nameTo: number;
  readonly operator: Operator;
  readonly operatorFrom: number;
  readonly operatorTo: number;
  readonly isBlankBefore: boolean;
}
export type Operator = ":" | "=" | "!=" | Comparison;
export type Comparison = ">=" | "<=" | ">" | "<";

const blank = /\s/;

export function isBlankAt(text: string, at: number): boolean {
  return at < text.length && blank.test(text[at]!);
}

export function afterBlanks(text: string, from: number): number {
  let at = from;
  while (isBlankAt(text, at)) at++;
  return at;
}

/** Whether a term may end here: at a blank, a closing parenthesis or the end. */
export function isEndAt(text: string, at: number): boolean {
  return at >= text.length || text[at] === ")" || isBlankAt(text, at);
}

/**
 * Reads up to a blank, a quote, or a parenthesis that closes more than the run itself opened, so that a pasted
 * `foo(bar)` is one run. A backslash takes the meaning from the sign after it; before a letter it is a backslash.
 */
export function readWord(text: string, from: number): Word {
  let word = "";
  let pattern = "";
  let depth = 0;
  let hasStar = false;
  let hasMark = false;
  let at = from;
  for (; at < text.length && !isBlankAt(text, at); at++) {
    let character = text[at]!;
    if (character === '"' || (character === ")" && depth === 0)) break;
    if (character === "(") depth++;
    if (character === ")") depth--;
    const isEscaped = character === "\\" && at + 1 < text.length && !/[\p{L}\p{N}]/u.test(text[at + 1]!);
    if (isEscaped) character = text[++at]!;
    if (character === "*" && !isEscaped) hasStar = true;
    if (character === "?" && !isEscaped) hasMark = true;
    word += character;
    const isLiteral = (isEscaped && (character === "*" || character === "?")) || character === "\\";
    pattern += isLiteral ? `\\${character}` : character;
  }
  return { kind: "word", text: word, pattern, hasStar, hasMark, from, to: at };
}

/** Reads from a `"`; escapes are `\"`, `\\` and `\u{a}` (a code point in hex). */
export function readQuoted(text: string, from: number): Quoted {
  let value = "";
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return { kind: "quoted", text: value.toWellFormed(), from, to: at + 1 };
    const escaped =
      character === "\\" ? /^\\(?:(["\\])|u\{([0-9a-fA-F]{1,4})\})/.exec(text.slice(at, at + 9)) : null;
    if (escaped) {
      value += escaped[1] ?? String.fromCharCode(Number.parseInt(escaped[2]!, 16));
      at += escaped[0].length - 1;
    } else value += character;
  }
  throw new QuerySyntaxError('This " is not closed: add a " at the end of the text.', from, text.length);
}

/**
 * Reads `/pattern/`. A slash that a term does not end after closes nothing, so `/api/v1` and `/api/v1/` are text;
 * undefined for them.
 */
export function readPattern(text: string, from: number): Pattern | undefined {
  let isInClass = false;
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "[") isInClass = true;
    else if (character === "]") isInClass = false;
    else if (character === "/" && !isInClass) {
      const ignoresCase = text[at + 1] === "i";
      const to = at + (ignoresCase ? 2 : 1);
      if (at === from + 1 || !isEndAt(text, to)) return undefined;
      const source = text.slice(from + 1, at).replaceAll("\\/", "/");
      return { kind: "pattern", source: `${ignoresCase ? "(?i)" : ""}${source}`, from, to };
    }
  }
  return undefined;
}

const namePattern = /(?:[\p{L}\p{N}_@$./-]|\\.)+/uy;
const operatorPattern = /(\s*)(>=|<=|!=|>|<|:|=)/y;

/** A name with an operator after it, whether or not it is one of a field. */
export function readNameAndOperator(text: string, from: number): NameAndOperator | undefined {
  namePattern.lastIndex = from;
  const name = namePattern.exec(text)?.[0];
  if (name === undefined) return undefined;
  operatorPattern.lastIndex = from + name.length;
  const match = operatorPattern.exec(text);
  if (!match) return undefined;
  const nameTo = from + name.length;
  return {
    name: name.replace(/\\(.)/gu, "$1"),
    nameTo,
    operator: match[2] as Operator,
    operatorFrom: nameTo + match[1]!.length,
    operatorTo: nameTo + match[0].length,
    isBlankBefore: match[1] !== "",
  };
}

/** A keyword of the language in any case, standing alone. */
export function readKeyword(
  text: string,
  from: number,
): { readonly word: "and" | "or" | "not"; readonly to: number } | undefined {
  const match = /^(and|or|not|&&|\|\|)(?=[\s()"]|$)/i.exec(text.slice(from, from + 4));
  if (!match) return undefined;
  const word = match[1]!.toLowerCase();
  const to = from + word.length;
  if (word === "&&") return { word: "and", to };
  if (word === "||") return { word: "or", to };
  return { word: word as "and" | "or" | "not", to };
}
