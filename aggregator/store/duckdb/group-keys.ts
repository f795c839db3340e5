import { formatNanos, parseNanos } from "../../../common/base/nanotime.ts";
import { fieldOf } from "../../../common/fields/dictionary.ts";
import type { FieldRef } from "../../../common/query/ast.ts";
import type { Origin } from "../log-store.ts";
import { isOfOrigin } from "./origin-conditions.ts";
import { textSql } from "./row-source.ts";
import { quoteText } from "./sql-text.ts";

/** What rows are grouped by: its SQL, and what a value of it means. */
export interface GroupKey {
  /** The field that counters must know to answer; "" when they cannot. */
  readonly counterField: string;
  /** `column` gives the SQL of a field. */
  readonly sql: (column: (name: string) => string) => string;
  /** The value that answers show; null when the row has none. Origins come by their id. */
  readonly show: (value: string | null, originOf: (id: string) => Origin | undefined) => string | null;
  /** True when the SQL gives the origin's id; counters have the value itself. */
  readonly byOrigin: boolean;
}

/** The class of a status: `1xx` to `5xx`, `other` beyond, null without a status. */
export const statusClassKey: GroupKey = {
  counterField: "http.response.status_code",
  sql: (column) => {
    const status = column("http.response.status_code");
    return `CASE WHEN ${status} BETWEEN 100 AND 599 THEN (${status} // 100)::VARCHAR || 'xx' WHEN ${status} IS NOT NULL THEN 'other' END`;
  },
  show: (value) => value,
  byOrigin: false,
};

/** The value of a field as text; of an origin's field rows are grouped by the origin, of which there are few. */
export function fieldKey(ref: FieldRef): GroupKey {
  if (isOfOrigin(ref)) {
    return {
      counterField: ref.path === undefined ? ref.name : "",
      sql: (column) => column("origin.id"),
      show: (id, originOf) => (id === null ? null : originValue(originOf(id), ref)),
      byOrigin: true,
    };
  }
  const isTime = fieldOf(ref.name)?.type === "nanos";
  return {
    counterField: ref.path === undefined ? ref.name : "",
    sql: (column) => textSql(ref, column(ref.name)),
    show: (value) => (isTime && value !== null ? formatNanos(BigInt(value)) : value),
    byOrigin: false,
  };
}

/** The value of a field when it is one of `top`; else `rest`, or none when these are all the values that there are. */
export function topKey(ref: FieldRef, top: readonly string[], rest: string | undefined): GroupKey {
  const isTime = fieldOf(ref.name)?.type === "nanos";
  const shown = isTime ? top.map((value) => String(parseNanos(value))) : top;
  const list = shown.length === 0 ? "NULL" : shown.map(quoteText).join(",");
  const beyond = rest === undefined ? "" : ` WHEN %s IS NOT NULL THEN ${quoteText(rest)}`;
  return {
    counterField: ref.path === undefined ? ref.name : "",
    sql: (column) => {
      const text = textSql(ref, column(ref.name));
      return `CASE WHEN ${text} IN (${list}) THEN ${text}${beyond.replace("%s", () => text)} END`;
    },
    show: (value) => (isTime && value !== null && value !== rest ? formatNanos(BigInt(value)) : value),
    byOrigin: false,
  };
}

function originValue(origin: Origin | undefined, ref: FieldRef): string | null {
  const value = (origin as Readonly<Record<string, unknown>> | undefined)?.[ref.name];
  const inner = ref.path === undefined ? value : (value as Record<string, unknown> | undefined)?.[ref.path];
  if (inner === undefined || inner === null) return null;
  return typeof inner === "object" ? JSON.stringify(inner) : String(inner);
}
