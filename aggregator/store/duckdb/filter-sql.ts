import { fieldOf, textFields } from "../../../common/fields/dictionary.ts";
import type { Bound, FieldRef, Filter, TextMatch } from "../../../common/query/ast.ts";
import { globRegex, literalStretches, parseGlob } from "../../../common/query/glob.ts";
import { parseRegex, type Regex } from "../../../common/query/regex.ts";
import { codePointSource, requiredText, toRe2 } from "../../../common/query/regex-source.ts";
import { barrierCharacter, classAt, classBefore, letter, lowerCase } from "../../../common/query/words.ts";
import { jsonPointer, quoteName, quoteText } from "./sql-text.ts";

/**
 * A boolean SQL expression for `WHERE`, true of exactly the rows that `compilePredicate` passes (it may be NULL
 * where that is false). All values are in it as escaped literals: DuckDB prepares a pattern once only when it is
 * constant. Expensive tests stand in `CASE WHEN <cheap test> THEN …`, because DuckDB evaluates both sides of an
 * AND (measured: 650 ms instead of 110 ms for a word that none of 1 M rows has).
 * `column` gives the SQL of a field's value by the dictionary's name: `nanos` as BIGINT nanoseconds since the epoch,
 * flattened ones as JSON, the others of their own type; by default the quoted name.
 */
export function filterToSql(filter: Filter, column: (name: string) => string = quoteName): string {
  return new Writer((name) => (column === quoteName ? column(name) : `(${column(name)})`)).write(filter);
}

/** A text literal. The zero character would end the statement's text, so it comes from a function. */
function literal(value: string): string {
  const parts = value.toWellFormed().split("\0").map(quoteText);
  return parts.length === 1 ? parts[0]! : `(${parts.join(" || chr(0) || ")})`;
}

type TextCondition = (text: string) => string;

class Writer {
  readonly #column: (name: string) => string;

  constructor(column: (name: string) => string) {
    this.#column = column;
  }

  write(filter: Filter): string {
    switch (filter.kind) {
      case "all":
        return "TRUE";
      case "and":
        return `(${filter.of.map((part) => this.write(part)).join(" AND ")})`;
      case "or":
        return `(${filter.of.map((part) => this.write(part)).join(" OR ")})`;
      case "not":
        return `((${this.write(filter.of)}) IS NOT TRUE)`;
      case "text":
        return this.#text(filter.match);
      default:
        return this.#leaf(filter);
    }
  }

  #leaf(filter: Leaf): string {
    const name = filter.kind === "levels" ? "log.level" : filter.field.name;
    switch (filter.kind) {
      case "words":
        return this.#words(filter.field, filter.match);
      case "exists":
        return this.#exists(filter.field);
      case "equals":
        return this.#equals(filter.field, filter.value);
      case "glob":
        return this.#value(filter.field, globCondition(filter.pattern));
      case "regex":
        return this.#value(filter.field, regexCondition(filter.source));
      case "range":
        return between(this.#column(name), filter.min, filter.max, numberLiteral);
      case "time":
        return between(this.#column(name), filter.min, filter.max, String);
      case "levels":
        return this.#inList(name, filter.levels);
      case "boolean":
        return `(${this.#column(name)} = ${filter.value})`;
    }
  }

  #inList(name: string, values: readonly string[]): string {
    if (values.length === 0) return "FALSE";
    return `(${this.#column(name)} IN (${values.map(literal).join(", ")}))`;
  }

  /** Free text: one pattern over all the fields, a barrier between them, run on rows that have the words somewhere. */
  #text(match: TextMatch): string {
    const names: readonly string[] = textFields;
    if (match.kind === "regex" || match.kind === "substring") {
      return `(${names.map((name) => this.#words({ name }, match)).join(" OR ")})`;
    }
    const words = match.kind === "prefix" ? [match.word] : match.words;
    const prefilter = names.map((name) => wordsPrefilter(this.#rawText(name), words)).join(" OR ");
    if (isAnywhere(words)) return `(${prefilter})`;
    const texts = names.map((name) => this.#textOf(name)).join(", ");
    return whenThen(prefilter, wordsPattern(`concat_ws('${barrierCharacter}', ${texts})`, match));
  }

  #words(field: FieldRef, match: TextMatch): string {
    const condition = textCondition(match);
    if (field.path !== undefined) return this.#attribute(field.name, field.path, condition);
    return condition(this.#textOf(field.name));
  }

  #isFlattened(name: string): boolean {
    return fieldOf(name)?.type === "flattened";
  }

  #rawText(name: string): string {
    return this.#isFlattened(name) ? `CAST(${this.#column(name)} AS VARCHAR)` : this.#column(name);
  }

  /** Of a flattened field its JSON with a blank for every escape, as the predicate reads it. */
  #textOf(name: string): string {
    const raw = this.#rawText(name);
    if (!this.#isFlattened(name)) return raw;
    const blanked = `regexp_replace(${raw}, '\\\\(?:u[0-9a-fA-F]{4}|.)', ' ', 'g')`;
    return `CASE WHEN contains(${raw}, '\\') THEN ${blanked} ELSE ${raw} END`;
  }

  #exists(field: FieldRef): string {
    if (field.path !== undefined)
      return this.#attribute(field.name, field.path, (text) => `${text} IS NOT NULL`);
    const column = this.#column(field.name);
    if (!this.#isFlattened(field.name)) return `(${column} IS NOT NULL)`;
    return `(${column} IS NOT NULL AND CAST(${column} AS VARCHAR) <> '{}')`;
  }

  #equals(field: FieldRef, value: string): string {
    if (field.path === undefined) return `(${this.#column(field.name)} = ${literal(value)})`;
    const isVerbatim = JSON.stringify(value) === `"${value}"`;
    const condition = this.#attribute(field.name, field.path, (text) => `${text} = ${literal(value)}`);
    if (!isVerbatim) return condition;
    return whenThen(`contains(${this.#rawText(field.name)}, ${literal(value)})`, condition);
  }

  #value(field: FieldRef, condition: TextCondition): string {
    if (field.path !== undefined) return this.#attribute(field.name, field.path, condition);
    const column = this.#column(field.name);
    return condition(fieldOf(field.name)?.type === "keyword" ? column : `CAST(${column} AS VARCHAR)`);
  }

  /** The condition on the value of a key, or on one of its elements when it is an array. */
  #attribute(name: string, path: string, condition: TextCondition): string {
    const json = this.#column(name);
    const pointer = literal(jsonPointer(path));
    const elements = `json_extract_string(json_extract(${json}, ${pointer}), '$[*]')`;
    const anyElement = `len(list_filter(${elements}, lambda x: ${condition("x")})) > 0`;
    const scalar = condition(`json_extract_string(${json}, ${pointer})`);
    const either = `CASE json_type(${json}, ${pointer}) WHEN 'ARRAY' THEN ${anyElement} ELSE ${scalar} END`;
    const key = JSON.stringify(path);
    if (key !== `"${path}"`) return `(${either})`;
    return whenThen(`contains(CAST(${json} AS VARCHAR), ${literal(key)})`, either);
  }
}

type Leaf = Exclude<Filter, { kind: "all" | "and" | "or" | "not" | "text" }>;

/** False, never NULL, where the cheap test does not hold. */
function whenThen(cheap: string, expensive: string): string {
  return `CASE WHEN ${cheap} THEN ${expensive} ELSE FALSE END`;
}

function between<T>(
  column: string,
  min: Bound<T> | undefined,
  max: Bound<T> | undefined,
  numeral: (value: T) => string,
): string {
  const parts = [
    min ? `${column} ${min.inclusive ? ">=" : ">"} ${numeral(min.value)}` : undefined,
    max ? `${column} ${max.inclusive ? "<=" : "<"} ${numeral(max.value)}` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? `(${column} IS NOT NULL)` : `(${parts.join(" AND ")})`;
}

/** An integer stays one, so that the column's statistics can be used. */
function numberLiteral(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : `CAST('${value}' AS DOUBLE)`;
}

function textCondition(match: TextMatch): TextCondition {
  switch (match.kind) {
    case "prefix":
    case "phrase": {
      const words = match.kind === "prefix" ? [match.word] : match.words;
      if (isAnywhere(words)) return (text) => wordsPrefilter(text, words);
      return (text) => whenThen(wordsPrefilter(text, words), wordsPattern(text, match));
    }
    case "substring":
      return (text) => containsWord(text, lowerCase(match.text));
    case "regex":
      return regexCondition(match.source);
  }
}

/** A single character that is a word of its own needs no look at its neighbours. */
function isAnywhere(words: readonly string[]): boolean {
  return words.length === 1 && classAt(words[0]!, 0) !== letter;
}

/** The words that are looked for before the pattern runs; the longest ones are the rarest. */
const prefilterWordsMax = 4;

function wordsPrefilter(text: string, words: readonly string[]): string {
  const rarest = [...new Set(words)].sort((a, b) => b.length - a.length).slice(0, prefilterWordsMax);
  return `(${rarest.map((word) => containsWord(text, word)).join(" AND ")})`;
}

function containsWord(text: string, lowered: string): string {
  return `contains(${isCaseless(lowered) ? text : `lower(${text})`}, ${literal(lowered)})`;
}

/** Digits, signs and ideographs are the same in both cases. */
function isCaseless(lowered: string): boolean {
  return !/[\p{L}\p{M}]/u.test(
    lowered.replace(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu, ""),
  );
}

const ideographClass = "\\p{Han}\\p{Hiragana}\\p{Katakana}\\x{30fc}\\x{ff70}";
const notLetter = `[^\\p{L}\\p{N}]|[${ideographClass}]`;
const gap = `[^\\p{L}\\p{N}${ideographClass}\\x{fdd0}]`;

/** The tokeniser's rule as a pattern; `common/query/text-match.ts` is the same by hand. */
function wordsPattern(text: string, match: Extract<TextMatch, { kind: "prefix" | "phrase" }>): string {
  const words = match.kind === "prefix" ? [match.word] : match.words;
  const lastIsPrefix = match.kind === "prefix" || match.lastIsPrefix;
  // An ASCII word is matched in both cases on the text as it is; lower-casing every text costs more than the pattern.
  const isAscii = words.every((word) => /^[\0-\x7f]*$/.test(word) || isCaseless(word));
  let pattern = classAt(words[0]!, 0) === letter ? `(?:\\A|${notLetter})` : "";
  for (const [index, word] of words.entries()) {
    const before = words[index - 1];
    if (before !== undefined)
      pattern += gap + (endsWithLetter(before) && classAt(word, 0) === letter ? "+" : "*");
    pattern += [...word].map(isAscii ? eitherCase : (c) => codePointSource(c.codePointAt(0)!)).join("");
  }
  if (!lastIsPrefix && endsWithLetter(words.at(-1)!)) pattern += `(?:\\z|${notLetter})`;
  return `regexp_matches(${isAscii ? text : `lower(${text})`}, ${literal(pattern)})`;
}

function endsWithLetter(word: string): boolean {
  return classBefore(word, word.length) === letter;
}

/** What `lower` makes this character of: both cases, the Kelvin sign for k and the dotted capital İ for i. */
function eitherCase(lowered: string): string {
  if (!/^[a-z]$/.test(lowered)) return codePointSource(lowered.codePointAt(0)!);
  const also = { k: "\\x{212a}", i: "\\x{130}" }[lowered] ?? "";
  return `[${lowered}${lowered.toUpperCase()}${also}]`;
}

function globCondition(pattern: string): TextCondition {
  const glob = parseGlob(pattern);
  const texts = literalStretches(glob);
  if (texts?.length === 1) return (text) => `${text} = ${literal(texts[0]!)}`;
  const isOneOf = (index: number) => texts?.every((part, at) => at === index || part === "") ?? false;
  if (texts && isOneOf(0)) return (text) => `starts_with(${text}, ${literal(texts[0]!)})`;
  if (texts && isOneOf(texts.length - 1)) return (text) => `ends_with(${text}, ${literal(texts.at(-1)!)})`;
  const inner = texts?.findIndex((part) => part !== "") ?? -1;
  if (texts && isOneOf(inner)) return (text) => `contains(${text}, ${literal(texts[inner]!)})`;
  return patternCondition(globRegex(glob), longestOf(glob.stretches.flat()));
}

function longestOf(parts: readonly (string | null)[]): string | undefined {
  return parts.filter((part) => part !== null).sort((a, b) => b.length - a.length)[0];
}

function regexCondition(source: string): TextCondition {
  const regex = parseRegex(source);
  return patternCondition(regex, requiredText(regex));
}

function patternCondition(regex: Regex, required: string | undefined): TextCondition {
  const pattern = literal(toRe2(regex));
  return (text) => {
    const test = `regexp_matches(${text}, ${pattern})`;
    if (required === undefined) return test;
    return whenThen(`contains(${regex.ignoreCase ? `lower(${text})` : text}, ${literal(required)})`, test);
  };
}
