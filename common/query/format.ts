import { fieldOf } from "../fields/dictionary.ts";
import type { Filter } from "./ast.ts";
import { type Conjunct, parseParts, searchedWords } from "./parser.ts";
import { wordsOf } from "./words.ts";

/** A click on prose filters by its first words: the whole text of a stack trace is no search. */
const clickedWordsMax = 24;

/**
 * The query with `field:value` (or its negation) added: what a click on a value does. `field` is a name of the
 * dictionary, `attrs.<key>` or `container.labels.<key>`. What is already there stays, the opposite is replaced,
 * pipes stay at the end. A query that cannot be read is first made the words that it was searched by.
 */
export function addFilter(
  text: string,
  field: string,
  value: string | number | boolean,
  exclude: boolean,
): string {
  const condition = formatCondition(field, value);
  const added = exclude ? `-${condition}` : condition;
  const readable = parseParts(text).error ? searchedWords(text).join(" ") : text;
  const parts = parseParts(readable);
  const wanted = parseParts(condition).query.filter;
  const same = parts.isEither ? undefined : parts.conjuncts.find((part) => meansOf(part, wanted));
  if (same) return (same.filter.kind === "not") === exclude ? text : replaced(readable, same, added);
  const query = readable.slice(0, parts.pipeFrom).trim();
  const pipes = readable.slice(parts.pipeFrom).trim();
  const before = parts.isEither ? `(${query})` : query;
  return [before, added, pipes].filter((part) => part !== "").join(" ");
}

function meansOf(part: Conjunct, wanted: Filter): boolean {
  const positive = part.filter.kind === "not" ? part.filter.of : part.filter;
  return keyOf(positive) === keyOf(wanted);
}

function keyOf(filter: Filter): string {
  return JSON.stringify(filter, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
}

function replaced(text: string, part: Conjunct, by: string): string {
  return text.slice(0, part.from) + by + text.slice(part.to);
}

/** `field:value` that finds exactly this value; of prose the first words. */
export function formatCondition(field: string, value: string | number | boolean): string {
  const known = fieldOf(field);
  const isProse = known?.type === "text" || known?.type === "flattened";
  const text = isProse ? proseOf(String(value)) : String(value);
  return `${formatName(field)}:${known && known.type !== "keyword" && !isProse ? text : formatValue(text)}`;
}

function proseOf(text: string): string {
  const words = wordsOf(text);
  return words.length > clickedWordsMax ? words.slice(0, clickedWordsMax).join(" ") : text;
}

/** A name with a backslash before what would end it. */
export function formatName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_@$./-]/gu, "\\$&");
}

/** A value as it is when nothing in it means anything to the language, else in quotes. */
export function formatValue(value: string): string {
  if (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value) && !/^(and|or|not)$/i.test(value) && !value.includes("..")) {
    return value;
  }
  // Control characters have no place in a line of text.
  const escaped = value
    .replace(/["\\]/g, "\\$&")
    .replace(/\p{Cc}/gu, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
  return `"${escaped}"`;
}
