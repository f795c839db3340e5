import { formatNanos, parseNanos } from "../base/nanotime.ts";
import { textFields } from "../fields/dictionary.ts";
import type { Bound, FieldRef, Filter, TextMatch } from "./ast.ts";
import { compileGlob } from "./glob.ts";
import { compileRegex } from "./regex-matcher.ts";
import { compileTextMatch, type TextTest } from "./text-match.ts";
import { lowerCase } from "./words.ts";

/** A row as the API gives it: dotted names, `attrs` and `container.labels` flat objects of dotted name → value. */
export type Row = Readonly<Record<string, unknown>>;
export type Predicate = (row: Row) => boolean;

/** The filter as a test on rows; made once, run on every line. Agrees with the SQL of the DuckDB store. */
export function compilePredicate(filter: Filter): Predicate {
  return new Compiler().compile(filter);
}

/** A field's text and its lower-cased form, made once per row however many terms ask. */
interface TextSource {
  readonly name: string;
  row: Row | undefined;
  text: string | undefined;
  lowered: string | undefined;
}

class Compiler {
  /** Terms of one filter share what they made of a row's texts. */
  readonly #sources = new Map<string, TextSource>();

  compile(filter: Filter): Predicate {
    switch (filter.kind) {
      case "all":
        return () => true;
      case "and":
        return every(filter.of.map((part) => this.compile(part)));
      case "or":
        return some(filter.of.map((part) => this.compile(part)));
      case "not": {
        const inner = this.compile(filter.of);
        return (row) => !inner(row);
      }
      case "text":
        return this.#textPredicate(filter.match, textFields);
      case "words":
        return this.#wordsPredicate(filter.field, filter.match);
      default:
        return leafPredicate(filter);
    }
  }

  #textPredicate(match: TextMatch, names: readonly string[]): Predicate {
    const test = compileTextMatch(match);
    const sources = names.map((name) => this.#source(name));
    return (row) => {
      for (const source of sources) if (passes(source, row, test)) return true;
      return false;
    };
  }

  #wordsPredicate(field: FieldRef, match: TextMatch): Predicate {
    if (field.path === undefined) return this.#textPredicate(match, [field.name]);
    const test = compileTextMatch(match);
    return attributePredicate(field.name, field.path, (text) => test(text, lowerCase(text)));
  }

  #source(name: string): TextSource {
    let source = this.#sources.get(name);
    if (!source) {
      source = { name, row: undefined, text: undefined, lowered: undefined };
      this.#sources.set(name, source);
    }
    return source;
  }
}

function passes(source: TextSource, row: Row, test: TextTest): boolean {
  const value = row[source.name];
  if (value === undefined || value === null) return false;
  if (source.row !== row) {
    const text = typeof value === "string" ? value : flattenedText(value);
    source.row = row;
    source.text = text;
    source.lowered = lowerCase(text);
  }
  return test(source.text!, source.lowered!);
}

/**
 * A flattened field as text: its JSON, each escape read as a blank, so that `\n` does not glue an n to a word.
 * (DuckDB prints the exponent of a number from 1e21 on without the plus; as a word of free text those differ.)
 */
function flattenedText(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes("\\") ? json.replace(/\\(?:u[0-9a-fA-F]{4}|.)/g, " ") : json;
}

function every(of: readonly Predicate[]): Predicate {
  return (row) => {
    for (const predicate of of) if (!predicate(row)) return false;
    return true;
  };
}

function some(of: readonly Predicate[]): Predicate {
  return (row) => {
    for (const predicate of of) if (predicate(row)) return true;
    return false;
  };
}

type Leaf = Exclude<Filter, { kind: "all" | "and" | "or" | "not" | "text" | "words" }>;

function leafPredicate(filter: Leaf): Predicate {
  switch (filter.kind) {
    case "exists":
      return existsPredicate(filter.field);
    case "equals":
      return valuePredicate(filter.field, (text) => text === filter.value);
    case "glob":
      return valuePredicate(filter.field, compileGlob(filter.pattern));
    case "regex":
      return valuePredicate(filter.field, compileRegex(filter.source));
    case "range":
      return rangePredicate(filter.field.name, filter.min, filter.max);
    case "time":
      return timePredicate(filter.field.name, filter.min, filter.max);
    case "levels": {
      const wanted = new Set<unknown>(filter.levels);
      return (row) => wanted.has(row["log.level"]);
    }
    case "boolean":
      return (row) => row[filter.field.name] === filter.value;
  }
}

function existsPredicate(field: FieldRef): Predicate {
  const { name, path } = field;
  if (path !== undefined) return attributePredicate(name, path, () => true);
  return (row) => {
    const value = row[name];
    if (value === undefined || value === null) return false;
    if (typeof value !== "object") return true;
    for (const _key in value) return true;
    return false;
  };
}

function valuePredicate(field: FieldRef, test: (text: string) => boolean): Predicate {
  const { name, path } = field;
  if (path !== undefined) return attributePredicate(name, path, test);
  return (row) => {
    const value = row[name];
    if (typeof value === "string") return test(value);
    return typeof value === "number" && test(String(value));
  };
}

/** True when the value's text passes, or that of one element when it is an array. */
function attributePredicate(name: string, path: string, test: (text: string) => boolean): Predicate {
  const passesScalar = (value: unknown): boolean => {
    const text = attributeText(value);
    return text !== undefined && test(text);
  };
  return (row) => {
    const object = row[name];
    if (typeof object !== "object" || object === null || !Object.hasOwn(object, path)) return false;
    const value = (object as Row)[path];
    return Array.isArray(value) ? value.some(passesScalar) : passesScalar(value);
  };
}

/** As the store prints it: JSON without quotes around a string; a large number's exponent has no plus. */
function attributeText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value).replace("e+", "e");
}

function rangePredicate(
  name: string,
  min: Bound<number> | undefined,
  max: Bound<number> | undefined,
): Predicate {
  return (row) => {
    const value = row[name];
    if (typeof value !== "number") return false;
    if (min && (min.inclusive ? value < min.value : value <= min.value)) return false;
    return !max || (max.inclusive ? value <= max.value : value < max.value);
  };
}

/** Times in UTC with nine digits sort as text, so a row's time is compared as it is, without being parsed. */
function timePredicate(
  name: string,
  min: Bound<bigint> | undefined,
  max: Bound<bigint> | undefined,
): Predicate {
  const low = min && sortableOf(min.value);
  const high = max && sortableOf(max.value);
  return (row) => {
    const value = row[name];
    if (typeof value !== "string") return false;
    const time = fullTime(value);
    if (time === undefined) return false;
    if (low !== undefined && (min!.inclusive ? time < low : time <= low)) return false;
    return high === undefined || (max!.inclusive ? time <= high : time < high);
  };
}

function fullTime(text: string): string | undefined {
  if (text.length === 30 && text.charCodeAt(29) === 90) return text;
  const nanos = parseNanos(text);
  return nanos === undefined ? undefined : sortableOf(nanos);
}

const firstNs = parseNanos("0000-01-01T00:00:00Z")!;
const lastNs = parseNanos("9999-12-31T23:59:59.999999999Z")!;

/** Nine digits and `Z`; beyond the years that have four digits, a text before or after them all. */
function sortableOf(nanos: bigint): string {
  if (nanos < firstNs) return "";
  return nanos > lastNs ? "~" : formatNanos(nanos);
}
