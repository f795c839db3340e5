import { systemClock } from "../base/clock.ts";
import type { Field } from "../fields/dictionary.ts";
import type { Filter, ParsedQuery, Pipe, Query, QueryToken } from "./ast.ts";
import {
  afterBlanks,
  isBlankAt,
  isEndAt,
  type NameAndOperator,
  QuerySyntaxError,
  readKeyword,
  readNameAndOperator,
  readPattern,
  readQuoted,
  readWord,
  type Word,
} from "./lexer.ts";
import { identifierPattern, knownTarget, type Target, targetOf } from "./names.ts";
import { parsePipes } from "./pipes.ts";
import { comparisonFilter, fieldFilter, textFilter, type Value, type ValueContext } from "./terms.ts";
import { levelOf } from "./values.ts";
import { wordsOf } from "./words.ts";

export interface ParseOptions {
  /** What relative times count from; milliseconds since the epoch. The host's clock by default. */
  readonly nowMs?: number;
  /** The dictionary with the names that the configuration promotes; the dictionary alone by default. */
  readonly fieldOf?: (name: string) => Field | undefined;
}

/** UTF-16 units. What people paste fits; what a URL carries too. */
const queryLengthMax = 8_192;
const nestingMax = 64;
const termsMax = 256;
/** Words that a broken query is searched by. */
const fallbackWordsMax = 64;

/** A part of a query that all the others are and-ed with, and where it stands. */
export interface Conjunct {
  readonly filter: Filter;
  readonly from: number;
  readonly to: number;
}

/** A query with what is needed to edit its text. */
export interface QueryParts extends ParsedQuery {
  readonly conjuncts: readonly Conjunct[];
  /** Whether the whole is `a or b`; then the conjuncts are not to be edited one by one. */
  readonly isEither: boolean;
  /** Where the pipes start, the text's length without any. */
  readonly pipeFrom: number;
}

/** Reads a query; never throws, and with an error `query` searches the text's words instead. */
export function parseQuery(text: string, options: ParseOptions = {}): ParsedQuery {
  const { query, tokens, error } = parseParts(text, options);
  return { query, tokens, ...(error ? { error } : {}) };
}

export function parseParts(text: string, options: ParseOptions = {}): QueryParts {
  const parser = new Parser(text.toWellFormed(), options);
  try {
    return parser.parse();
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    const { from, to, message } = error;
    const tokens = parser.tokens.filter((token) => token.to <= from);
    if (to > from) tokens.push({ kind: "error", from, to });
    const query = { filter: wordsOfBroken(text), pipes: [] };
    const edit = { conjuncts: [], isEither: false, pipeFrom: text.length };
    return { query, tokens, error: { message, from, to }, ...edit };
  }
}

function wordsOfBroken(text: string): Filter {
  const of = searchedWords(text).map((word): Filter => ({ kind: "text", match: { kind: "prefix", word } }));
  if (of.length > 0) return of.length === 1 ? of[0]! : { kind: "and", of };
  return { kind: "text", match: { kind: "substring", text: text.toWellFormed().trim().slice(0, 256) } };
}

/** The words of a text that is not a query, each once; operators are left out, because they were meant as such. */
export function searchedWords(text: string): readonly string[] {
  const words = new Set(wordsOf(text.slice(0, queryLengthMax)));
  for (const operator of ["and", "or", "not"]) words.delete(operator);
  return [...words].slice(0, fallbackWordsMax);
}

class Parser {
  readonly tokens: QueryToken[] = [];
  readonly #text: string;
  readonly #options: ParseOptions;
  readonly #context: ValueContext;
  #at = 0;
  #depth = 0;
  #terms = 0;
  #conjuncts: Conjunct[] = [];
  #isEither = false;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
    this.#context = { nowMs: () => options.nowMs ?? systemClock.nowMs() };
  }

  parse(): QueryParts {
    const text = this.#text;
    if (text.length > queryLengthMax) {
      const message = `The query has ${text.length} characters; at most ${queryLengthMax} are possible.`;
      throw new QuerySyntaxError(message, queryLengthMax, text.length);
    }
    const isEmpty = this.#isAtEnd() || this.#sees("|");
    let filter = isEmpty ? undefined : this.#either(undefined);
    if (this.#sees(")")) throw this.#error("This ) closes nothing: remove it, or quote the text.", 1);
    const pipeFrom = this.#at;
    const pipes = this.#pipes();
    // Nothing but punctuation: the one case in which the signs themselves are what is looked for.
    if (!isEmpty && !filter) {
      filter = { kind: "text", match: { kind: "substring", text: text.slice(0, pipeFrom).trim() } };
    }
    const query: Query = { filter: filter ?? { kind: "all" }, pipes };
    const edit = { conjuncts: this.#conjuncts, isEither: this.#isEither, pipeFrom };
    return { query, tokens: this.tokens, ...edit };
  }

  #pipes(): readonly Pipe[] {
    const found = parsePipes(this.#text, this.#at, this.#options.fieldOf);
    this.tokens.push(...found.tokens);
    return found.pipes;
  }

  /** `a or b`. Undefined when there was only punctuation, in which there is no word to look for. */
  #either(target: Target | undefined): Filter | undefined {
    const of: Filter[] = [];
    for (;;) {
      const part = this.#all(target);
      if (part) of.push(part);
      const keyword = readKeyword(this.#text, this.#skip());
      if (keyword?.word !== "or") break;
      if (this.#depth === 0) this.#isEither = true;
      this.#keyword(keyword.to);
    }
    return of.length > 1 ? { kind: "or", of } : of[0];
  }

  /** `a b`, `a and b`: and binds tighter than or. */
  #all(target: Target | undefined): Filter | undefined {
    const of: Filter[] = [];
    let count = 0;
    let isAfterAnd = false;
    for (;;) {
      const from = this.#skip();
      const keyword = readKeyword(this.#text, from);
      const isOver = this.#isAtEnd() || this.#sees(")") || this.#sees("|") || keyword?.word === "or";
      if (isOver && count > 0 && !isAfterAnd) break;
      if (isOver || (keyword?.word === "and" && (count === 0 || isAfterAnd))) throw this.#nothingHere();
      if (keyword?.word === "and") {
        this.#keyword(keyword.to);
        isAfterAnd = true;
        continue;
      }
      if (count > 0 && !isAfterAnd) this.#checkJuxtaposition(target);
      const part = this.#negatable(target);
      if (part) of.push(part);
      if (part && this.#depth === 0 && !target) this.#conjuncts.push({ filter: part, from, to: this.#at });
      count++;
      isAfterAnd = false;
    }
    return of.length > 1 ? { kind: "and", of } : of[0];
  }

  /** `status:(500 503)` would be true of no line: one value cannot be two. */
  #checkJuxtaposition(target: Target | undefined): void {
    if (!target || target.type === "text" || target.type === "flattened" || target.type === "attribute")
      return;
    const message = `Between two values of ${target.written} an "or" is missing: a line has one of them only.`;
    throw this.#error(message, readWord(this.#text, this.#at).to - this.#at || 1);
  }

  #negatable(target: Target | undefined): Filter | undefined {
    let isNegated = false;
    for (;;) {
      const from = this.#skip();
      const keyword = readKeyword(this.#text, from);
      const sign = this.#negationSign(target);
      if (keyword?.word !== "not" && !sign) break;
      this.#keyword(keyword?.to ?? from + 1);
      isNegated = !isNegated;
    }
    const filter = this.#primary(target);
    return filter && isNegated ? { kind: "not", of: filter } : filter;
  }

  /** `-` and `!` negate what follows at once; `--flag`, `->` and a lone dash are text, `-5` of a number is a number. */
  #negationSign(target: Target | undefined): boolean {
    const sign = this.#text[this.#at];
    if (sign !== "-" && sign !== "!") return false;
    const next = this.#text.codePointAt(this.#at + 1);
    if (next === undefined) return false;
    const isNumber = target?.type === "long" || target?.type === "double";
    if (sign === "-" && isNumber) return false;
    return /[\p{L}\p{N}_@$"(*/]/u.test(String.fromCodePoint(next));
  }

  #primary(target: Target | undefined): Filter | undefined {
    if (this.#isAtEnd() || this.#sees(")") || this.#sees("|") || readKeyword(this.#text, this.#at)) {
      throw this.#nothingHere();
    }
    if (this.#sees("(")) return this.#group(target);
    if (++this.#terms > termsMax) {
      throw this.#error(`The query has more than ${termsMax} terms.`, this.#text.length - this.#at);
    }
    return target ? this.#valueOf(target) : this.#term();
  }

  #group(target: Target | undefined): Filter | undefined {
    const from = this.#at;
    if (++this.#depth > nestingMax)
      throw this.#error(`Parentheses are nested more than ${nestingMax} deep.`, 1);
    this.#token("paren", from + 1);
    const filter = this.#either(target);
    if (this.#sees("|")) throw this.#error("Pipes stand at the end, outside of parentheses.", 1);
    if (!this.#sees(")")) {
      this.#at = from;
      throw this.#error("This ( is not closed: add a ), or quote the text.", 1);
    }
    this.#token("paren", this.#at + 1);
    this.#depth--;
    return filter;
  }

  #term(): Filter | undefined {
    const read = readNameAndOperator(this.#text, this.#at);
    const target = read && this.#fieldNamed(read);
    if (read && target) return this.#fieldTerm(read, target);
    const value = this.#value();
    this.#token("text", value.to);
    // `order:42` may be an attribute, or a host and its port, or a file and its line: both are looked for.
    const filter = textFilter(value);
    const either = filter && read && value.kind === "word" ? ambiguousFilter(read, value) : undefined;
    return either ?? filter;
  }

  /** The field that a name is taken for; undefined when the whole is text. */
  #fieldNamed(read: NameAndOperator): Target | undefined {
    const known = knownTarget(read.name, this.#options.fieldOf);
    const text = this.#text;
    if (known) {
      const isAttached = !read.isBlankBefore && !isEndAt(text, read.operatorTo);
      return read.operator === "=" && !isAttached ? undefined : known;
    }
    const name = text.slice(this.#at, read.nameTo);
    if (!identifierPattern.test(name) || levelOf(name)) return undefined;
    const isField = read.operator === ":" ? isAttributeValue(text, read) : isUnknownRange(text, read);
    return isField ? targetOf(read.name, this.#options.fieldOf) : undefined;
  }

  #fieldTerm(read: NameAndOperator, target: Target): Filter {
    this.#token("field", read.nameTo);
    this.#at = read.operatorFrom;
    let operator = read.operator;
    let operatorTo = read.operatorTo;
    const afterColon =
      operator === ":" ? /^\s*(>=|<=|>|<)/.exec(this.#text.slice(operatorTo, operatorTo + 80)) : null;
    if (afterColon) {
      operator = afterColon[1] as ">=";
      operatorTo += afterColon[0].length;
    }
    this.#token("operator", operatorTo);
    this.#skip();
    if (this.#isAtEnd() || this.#sees(")") || this.#sees("|")) {
      throw this.#error(
        `After ${target.written}${operator} a value is missing; ${target.written}:* is any value.`,
        0,
      );
    }
    if (operator === ":" || operator === "=" || operator === "!=") {
      const filter = this.#sees("(") ? this.#group(target) : this.#valueOf(target);
      // A group of a field has no punctuation that could be dropped: its values throw instead.
      return operator === "!=" ? { kind: "not", of: filter! } : filter!;
    }
    const value = this.#sees('"') ? readQuoted(this.#text, this.#at) : readWord(this.#text, this.#at);
    this.#token("value", value.to);
    return comparisonFilter(target, operator, value, this.#context);
  }

  #valueOf(target: Target): Filter {
    const value = this.#value();
    this.#token("value", value.to);
    return fieldFilter(target, value, this.#context);
  }

  #value(): Value {
    if (this.#sees('"')) return readQuoted(this.#text, this.#at);
    if (this.#sees("/")) return readPattern(this.#text, this.#at) ?? readWord(this.#text, this.#at);
    return readWord(this.#text, this.#at);
  }

  #skip(): number {
    this.#at = afterBlanks(this.#text, this.#at);
    return this.#at;
  }

  #isAtEnd(): boolean {
    return this.#skip() >= this.#text.length;
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  #token(kind: QueryToken["kind"], to: number): void {
    this.tokens.push({ kind, from: this.#at, to });
    this.#at = to;
  }

  #keyword(to: number): void {
    this.#token("keyword", to);
  }

  #nothingHere(): QuerySyntaxError {
    const before = this.tokens.at(-1);
    const written = before ? this.#text.slice(before.from, before.to) : "";
    const where = written === "" ? "at the start" : `after "${written}"`;
    return this.#error(`Something to search for is missing ${where}.`, this.#at < this.#text.length ? 1 : 0);
  }

  #error(message: string, length: number): QuerySyntaxError {
    return new QuerySyntaxError(message, this.#at, this.#at + length);
  }
}

/**
 * Whether what follows `name:` makes an unknown name an attribute. What people paste is text: `http://…`,
 * `Exception: …`, `std::string`, `ERROR:root:…`, `C:\temp`, `localhost:80`.
 */
function isAttributeValue(text: string, read: NameAndOperator): boolean {
  const at = read.operatorTo;
  if (read.isBlankBefore || isEndAt(text, at) || text.startsWith("//", at)) return false;
  if (text[at] === '"' || text[at] === "(" || text[at] === ">" || text[at] === "<") return true;
  if (read.name.length === 1 && (text[at] === "\\" || text[at] === "/")) return false;
  if (text[at] === "/" && readPattern(text, at)) return true;
  const value = readWord(text, at);
  return !text.slice(at, value.to).includes(":") && !isPort(value.text) && !isBlankAt(text, at);
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text);

/** `total>5`: a range on a name that has none is better refused with the way out than searched as text. */
function isUnknownRange(text: string, read: NameAndOperator): boolean {
  if (read.operator === "=" || read.operator === "!=") return false;
  return /^\s*[+-]?\d/.test(text.slice(read.operatorTo, read.operatorTo + 40));
}

/** The two readings of `name:123` for an unknown name. */
function ambiguousFilter(read: NameAndOperator, word: Word): Filter | undefined {
  const { name, operator, isBlankBefore } = read;
  const value = word.text.slice(name.length + 1);
  if (operator !== ":" || isBlankBefore || !isPort(value) || !identifierPattern.test(name)) return undefined;
  const match = { kind: "phrase" as const, words: wordsOf(word.text), lastIsPrefix: false };
  const field = { name: "attrs", path: name };
  return {
    kind: "or",
    of: [
      { kind: "equals", field, value },
      { kind: "text", match },
    ],
  };
}
