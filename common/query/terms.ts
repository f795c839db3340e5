import { levels } from "../fields/dictionary.ts";
import type { Bound, Filter, TextMatch } from "./ast.ts";
import { globLengthMax, parseGlob } from "./glob.ts";
import { type Comparison, type Pattern, QuerySyntaxError, type Quoted, type Word } from "./lexer.ts";
import type { Target } from "./names.ts";
import { parseRegex, RegexSyntaxError } from "./regex.ts";
import { codePointSource } from "./regex-source.ts";
import { levelOf, parseQuantity, parseTimeSpan } from "./values.ts";
import { classBefore, separator, wordsOf } from "./words.ts";

export type Value = Word | Quoted | Pattern;

/** Words of one phrase: the store's engine needs about two milliseconds for each to build the test. */
const phraseWordsMax = 128;

/** What a value needs to know beside itself. */
export interface ValueContext {
  readonly nowMs: () => number;
}

/** Free text; undefined for a run of punctuation, in which there is no word to look for. */
export function textFilter(value: Value): Filter | undefined {
  if (value.kind === "word" && (value.text === "*" || value.text === "*:*")) return { kind: "all" };
  const match = textMatchOf(value);
  return match && { kind: "text", match };
}

function textMatchOf(value: Value): TextMatch | undefined {
  if (value.kind === "pattern") return { kind: "regex", source: checkedSource(value) };
  if (value.kind === "word" && value.hasStar) return wildMatch(value);
  const words = wordsOf(value.text);
  if (words.length > phraseWordsMax) {
    throw errorAt(
      value,
      `This text has ${words.length} words; at most ${phraseWordsMax} in sequence are possible.`,
    );
  }
  if (words.length === 0)
    return value.kind === "quoted" ? { kind: "substring", text: value.text } : undefined;
  // Punctuation at the end closes the last word: `db-1:` does not find `db-12`.
  const lastIsPrefix = value.kind === "word" && classBefore(value.text, value.text.length) !== separator;
  if (words.length === 1 && lastIsPrefix) return { kind: "prefix", word: words[0]! };
  return { kind: "phrase", words, lastIsPrefix };
}

/** `err*` is what `err` is; any other star makes it the slow search for the pieces, anywhere in the text. */
function wildMatch(value: Word): TextMatch | undefined {
  checkGlob(value);
  const pieces = parseGlob(value.pattern.replaceAll("?", "\\?")).stretches.map((stretch) => stretch.join(""));
  const texts = pieces.filter((piece) => piece !== "");
  if (texts.length === 0) return undefined;
  const isOpenOnlyAtEnd = pieces.length === 2 && pieces[1] === "";
  if (isOpenOnlyAtEnd) return textMatchOf({ ...value, text: texts[0]!, hasStar: false });
  if (texts.length === 1) return { kind: "substring", text: texts[0]! };
  const source = texts
    .map((text) => [...text].map((c) => codePointSource(c.codePointAt(0)!)).join(""))
    .join(".*");
  return { kind: "regex", source: checkedSource({ ...value, kind: "pattern", source: `(?is)${source}` }) };
}

/** `field:value`. */
export function fieldFilter(target: Target, value: Value, context: ValueContext): Filter {
  const field = target.ref;
  if (value.kind === "word" && value.text === "*" && value.hasStar) return { kind: "exists", field };
  switch (target.type) {
    case "text":
    case "flattened":
      return wordsFilter(target, value);
    case "keyword":
    case "attribute":
      return keywordFilter(target, value);
    case "boolean":
      return booleanFilter(target, value);
    case "nanos":
      return timeFilter(target, value, context);
    case "long":
    case "double":
      return numberFilter(target, value);
  }
}

function wordsFilter(target: Target, value: Value): Filter {
  const match = textMatchOf(value);
  if (!match) throw errorAt(value, `There is no word in this; put it in quotes to search for the signs.`);
  return { kind: "words", field: target.ref, match };
}

function keywordFilter(target: Target, value: Value): Filter {
  const field = target.ref;
  if (value.kind === "pattern") return { kind: "regex", field, source: checkedSource(value) };
  const wild = wildOf(value);
  if (wild) return globFilter(target, wild);
  if (field.name === "log.level") return levelFilter(target, value);
  if (target.type === "attribute" && value.kind === "word" && /^-?\d[\d.]*\.\.-?\d/.test(value.text)) {
    throw notANumber(target, value);
  }
  return { kind: "equals", field, value: value.text };
}

function wildOf(value: Value): Word | undefined {
  return value.kind === "word" && (value.hasStar || value.hasMark) ? value : undefined;
}

function globFilter(target: Target, value: Word): Filter {
  checkGlob(value);
  return { kind: "glob", field: target.ref, pattern: value.pattern };
}

function checkGlob(value: Word): void {
  if (value.pattern.length <= globLengthMax) return;
  throw errorAt(
    value,
    `A text with wildcards has at most ${globLengthMax} characters; put it in quotes or cut it.`,
  );
}

function levelFilter(target: Target, value: Word | Quoted): Filter {
  const range = value.kind === "word" ? rangeSides(value.text) : undefined;
  if (range) {
    const from = range[0] === "" ? 0 : severityOf(range[0], value);
    const to = range[1] === "" ? levels.length - 1 : severityOf(range[1], value);
    if (from > to) throw reversed(range[0], range[1], value);
    return { kind: "levels", levels: levels.slice(from, to + 1) };
  }
  const level = levelOf(value.text);
  return level
    ? { kind: "levels", levels: [level] }
    : { kind: "equals", field: target.ref, value: value.text };
}

function severityOf(text: string, at: Value): number {
  const level = levelOf(text);
  if (level) return levels.indexOf(level);
  throw errorAt(at, `"${text}" is not a level; there are ${levels.join(", ")}.`);
}

function booleanFilter(target: Target, value: Value): Filter {
  const text = value.kind === "pattern" ? "" : value.text.toLowerCase();
  if (text === "true" || text === "false")
    return { kind: "boolean", field: target.ref, value: text === "true" };
  throw errorAt(value, `${target.written} is true or false: write ${target.written}:true.`);
}

function timeFilter(target: Target, value: Value, context: ValueContext): Filter {
  const range = value.kind === "word" ? rangeSides(value.text) : undefined;
  const [from, to] = range ?? [textOf(value), textOf(value)];
  const min = from === "" ? undefined : spanOf(from, value, context).fromNs;
  const max = to === "" ? undefined : spanOf(to, value, context).toNs;
  if (min !== undefined && max !== undefined && min >= max) throw reversed(from, to, value);
  return {
    kind: "time",
    field: target.ref,
    ...(min === undefined ? {} : { min: { value: min, inclusive: true } }),
    ...(max === undefined ? {} : { max: { value: max, inclusive: false } }),
  };
}

function spanOf(text: string, at: Value, context: ValueContext): { fromNs: bigint; toNs: bigint } {
  const span = parseTimeSpan(text, context.nowMs);
  if (span) return span;
  throw errorAt(
    at,
    `"${text}" is not a time: write 2026-11-22T18:00:00Z, 2026-11-22, now-15m or epoch milliseconds.`,
  );
}

function numberFilter(target: Target, value: Value): Filter {
  if (target.type === "long" && value.kind === "pattern") {
    return { kind: "regex", field: target.ref, source: checkedSource(value) };
  }
  const wild = target.type === "long" ? wildOf(value) : undefined;
  if (wild) return globFilter(target, wild);
  const range = value.kind === "word" ? rangeSides(value.text) : undefined;
  const [from, to] = range ?? [textOf(value), textOf(value)];
  const min = from === "" && range ? undefined : quantityOf(target, from, value)[0];
  const max = to === "" && range ? undefined : quantityOf(target, to, value)[1];
  if (min !== undefined && max !== undefined && min > max) throw reversed(from, to, value);
  return {
    kind: "range",
    field: target.ref,
    ...(min === undefined ? {} : { min: { value: min, inclusive: true } }),
    ...(max === undefined ? {} : { max: { value: max, inclusive: true } }),
  };
}

/** A range that nothing can be in is a slip, and an empty page would not say so. */
function reversed(from: string, to: string, at: Value): QuerySyntaxError {
  return errorAt(at, `${from} is more than ${to}: write ${to}..${from}.`);
}

const unitHints = { ns: " or a duration such as 250ms", bytes: " or a size such as 4KiB" } as const;

/** The least and the greatest number that the text stands for: `5xx` is 500 to 599. */
function quantityOf(target: Target, text: string, at: Value): readonly [number, number] {
  const statusClass = target.ref.name === "http.response.status_code" && /^([1-9])xx$/i.exec(text);
  if (statusClass) return [Number(statusClass[1]) * 100, Number(statusClass[1]) * 100 + 99];
  const value = parseQuantity(text, target.unit);
  if (value !== undefined) return [value, value];
  const also = target.unit ? unitHints[target.unit] : "";
  throw errorAt(at, `${target.written} is a number: "${text}" is not a number${also}.`);
}

/** `a..b`, either side may be empty. */
function rangeSides(text: string): readonly [string, string] | undefined {
  const at = text.indexOf("..");
  if (at < 0 || text === "..") return undefined;
  return [text.slice(0, at), text.slice(at + 2)];
}

function textOf(value: Value): string {
  if (value.kind !== "pattern") return value.text;
  throw errorAt(value, "A pattern works on text and on whole numbers, not on this field.");
}

/** `field>=value`. */
export function comparisonFilter(
  target: Target,
  comparison: Comparison,
  value: Word | Quoted,
  context: ValueContext,
): Filter {
  const isLow = comparison === ">" || comparison === ">=";
  const inclusive = comparison === ">=" || comparison === "<=";
  const field = target.ref;
  if (field.name === "log.level") return levelsBeyond(value, isLow, inclusive);
  if (target.type === "nanos") {
    const span = spanOf(value.text, value, context);
    // Beyond a minute means after its end; up to a minute means to its end.
    const bound: Bound<bigint> = { value: isLow === inclusive ? span.fromNs : span.toNs, inclusive: isLow };
    return { kind: "time", field, ...(isLow ? { min: bound } : { max: bound }) };
  }
  if (target.type === "long" || target.type === "double") {
    const [least, greatest] = quantityOf(target, value.text, value);
    const bound: Bound<number> = { value: isLow === inclusive ? least : greatest, inclusive };
    return { kind: "range", field, ...(isLow ? { min: bound } : { max: bound }) };
  }
  if (target.type === "attribute") throw notANumber(target, value);
  throw errorAt(
    value,
    `${target.written} is not a number, a time or the level: it has no order to compare by.`,
  );
}

function levelsBeyond(value: Word | Quoted, isLow: boolean, inclusive: boolean): Filter {
  const at = severityOf(value.text, value);
  return {
    kind: "levels",
    levels: levels.filter((_, index) => (index === at ? inclusive : index > at === isLow)),
  };
}

function notANumber(target: Target, at: Value): QuerySyntaxError {
  const name = target.written;
  return errorAt(at, `${name} is kept as text, so it has no ranges; ${name}:VALUE and ${name}:* find it.`);
}

/** The source of a pattern that every evaluator accepts. */
function checkedSource(value: Pattern): string {
  try {
    parseRegex(value.source);
    return value.source;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw errorAt(value, `In the pattern, at character ${error.at + 1}: ${error.message}.`);
  }
}

function errorAt(value: Value, message: string): QuerySyntaxError {
  return new QuerySyntaxError(message, value.from, value.to);
}
