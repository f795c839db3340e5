import { originFields } from "../../../common/fields/dictionary.ts";
import type { FieldRef, Filter } from "../../../common/query/ast.ts";

/** Fields that stand in the origin and not in the row. The row has the id itself. */
const ofOrigin = new Set(originFields.map((field) => field.name).filter((name) => name !== "origin.id"));

export function isOfOrigin(ref: FieldRef): boolean {
  return ofOrigin.has(ref.name);
}

/** Fields that a filter looks at; free text looks at `text fields`, which are all of the row. */
export function fieldsOf(filter: Filter): readonly FieldRef[] {
  switch (filter.kind) {
    case "all":
    case "text":
      return [];
    case "and":
    case "or":
      return filter.of.flatMap(fieldsOf);
    case "not":
      return fieldsOf(filter.of);
    case "levels":
      return [{ name: "log.level" }];
    default:
      return [filter.field];
  }
}

/** The conditions of a filter on origins, taken out of it. */
export interface Separated {
  /** The filter, with each condition on origins replaced by `boolean` on a field `origins:<n>`. */
  readonly filter: Filter;
  /** The conditions by n. */
  readonly conditions: readonly Filter[];
  /** Those that every row must meet. */
  readonly required: readonly number[];
}

/** The name that stands for the n-th condition in the separated filter. */
export function conditionName(n: number): string {
  return `origins:${n}`;
}

/**
 * Takes the largest parts of a filter that look at origins only out of it. There are few origins and many rows:
 * such a part is decided once per origin, and rows are compared by the origin's id. It stays two-valued, whatever
 * stands around it.
 */
export function separateOrigins(filter: Filter): Separated {
  const conditions: Filter[] = [];
  const replaced = replace(filter, conditions);
  const required = requiredOf(replaced);
  return { filter: replaced, conditions, required };
}

function replace(filter: Filter, conditions: Filter[]): Filter {
  if (looksAtOriginsOnly(filter)) {
    conditions.push(filter);
    return { kind: "boolean", field: { name: conditionName(conditions.length - 1) }, value: true };
  }
  switch (filter.kind) {
    case "and":
    case "or": {
      const origins = filter.of.filter(looksAtOriginsOnly);
      const others = filter.of.filter((part) => !looksAtOriginsOnly(part));
      const parts = origins.length > 1 ? [{ kind: filter.kind, of: origins }, ...others] : filter.of;
      return { kind: filter.kind, of: parts.map((part) => replace(part, conditions)) };
    }
    case "not":
      return { kind: "not", of: replace(filter.of, conditions) };
    default:
      return filter;
  }
}

function looksAtOriginsOnly(filter: Filter): boolean {
  switch (filter.kind) {
    case "and":
    case "or":
      return filter.of.length > 0 && filter.of.every(looksAtOriginsOnly);
    case "not":
      return looksAtOriginsOnly(filter.of);
    case "all":
    case "text":
    case "levels":
      return false;
    default:
      return isOfOrigin(filter.field);
  }
}

function requiredOf(filter: Filter): number[] {
  if (filter.kind === "and") return filter.of.flatMap(requiredOf);
  const match = filter.kind === "boolean" ? /^origins:(\d+)$/.exec(filter.field.name) : null;
  return match ? [Number(match[1])] : [];
}

/** The ids of origins that every matching row must have. */
export function requiredIds(filter: Filter): string[] {
  if (filter.kind === "and") return filter.of.flatMap(requiredIds);
  return filter.kind === "equals" && filter.field.name === "origin.id" ? [filter.value] : [];
}
