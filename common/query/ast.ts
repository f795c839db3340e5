import type { Level } from "../fields/dictionary.ts";

/**
 * The one abstract syntax tree of the query language. Three evaluators read it: SQL for DuckDB, the Elasticsearch
 * DSL, and a JavaScript predicate for live tail and alerts; a property test holds them equal.
 */
export interface Query {
  readonly filter: Filter;
  /** The tail of pipes; empty when the answer is lines. */
  readonly pipes: readonly Pipe[];
}

export type Filter =
  | { readonly kind: "all" }
  | { readonly kind: "and"; readonly of: readonly Filter[] }
  | { readonly kind: "or"; readonly of: readonly Filter[] }
  /** Two-valued: a row without the field is not equal to the value, so it passes `not field:value`. */
  | { readonly kind: "not"; readonly of: Filter }
  /** Free text: matches when any of `textFields` matches. */
  | { readonly kind: "text"; readonly match: TextMatch }
  | { readonly kind: "exists"; readonly field: FieldRef }
  /** A `text` field, by words. */
  | { readonly kind: "words"; readonly field: FieldRef; readonly match: TextMatch }
  /** A keyword or attribute equals the text; an array of an attribute matches when one element does. */
  | { readonly kind: "equals"; readonly field: FieldRef; readonly value: string }
  /**
   * A keyword, attribute or number as text matches the whole pattern; `*` any run, `?` any one character, `\*`,
   * `\?` and `\\` the character itself.
   */
  | { readonly kind: "glob"; readonly field: FieldRef; readonly pattern: string }
  /** RE2 subset, searched anywhere in the value. */
  | { readonly kind: "regex"; readonly field: FieldRef; readonly source: string }
  /** A `long` or `double`; equality is a range with both ends the same. */
  | {
      readonly kind: "range";
      readonly field: FieldRef;
      readonly min?: Bound<number>;
      readonly max?: Bound<number>;
    }
  /** A `nanos` field; nanoseconds since the epoch. */
  | {
      readonly kind: "time";
      readonly field: FieldRef;
      readonly min?: Bound<bigint>;
      readonly max?: Bound<bigint>;
    }
  /** `log.level`, compared by severity: the levels that pass. */
  | { readonly kind: "levels"; readonly levels: readonly Level[] }
  | { readonly kind: "boolean"; readonly field: FieldRef; readonly value: boolean };

export interface Bound<T> {
  readonly value: T;
  readonly inclusive: boolean;
}

/**
 * Where a value is found. `path` is set for a name inside `attrs` or `container.labels`: the literal key of the
 * flat object, such as `order.total`.
 */
export interface FieldRef {
  /** The dictionary's name. */
  readonly name: string;
  readonly path?: string;
}

/** Words are lower-cased, as `wordsOf` makes them. */
export type TextMatch =
  /** A word that begins with `word`. */
  | { readonly kind: "prefix"; readonly word: string }
  /** The words in sequence; the last one must match whole unless `lastIsPrefix`. */
  | { readonly kind: "phrase"; readonly words: readonly string[]; readonly lastIsPrefix: boolean }
  /** Case-insensitive substring of the text as it is, the slow search of `*text*`. */
  | { readonly kind: "substring"; readonly text: string }
  /** RE2 subset, case-sensitive unless it starts with `(?i)`, searched anywhere. */
  | { readonly kind: "regex"; readonly source: string };

/** `| count` or `| count by f1, f2`. Other pipes come with their issue. */
export interface Pipe {
  readonly kind: "count";
  readonly by: readonly FieldRef[];
}

/** What one piece of the query text is; the query bar tints by it. Offsets count UTF-16 units. */
export interface QueryToken {
  readonly kind: "field" | "operator" | "value" | "text" | "keyword" | "paren" | "pipe" | "error";
  readonly from: number;
  readonly to: number;
}

export interface QueryError {
  /** What is wrong and how to mend it. */
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/** `query` is always there: with an error it searches the whole text as words, for Explore. */
export interface ParsedQuery {
  readonly query: Query;
  readonly error?: QueryError;
  readonly tokens: readonly QueryToken[];
}
