import { fieldOf } from "../../../common/fields/dictionary.ts";
import type { FieldRef } from "../../../common/query/ast.ts";
import { rowColumns } from "./columns.ts";
import type { Part } from "./hour-files.ts";
import { isOfOrigin } from "./origin-conditions.ts";
import { loadColumn } from "./part-schema.ts";
import { jsonPointer, quoteName, quoteText } from "./sql-text.ts";

const columns = new Map(rowColumns.map((column) => [column.name, column]));

/** The columns that a statement asks for; only they are read from the files, and origins only joined when needed. */
export class UsedColumns {
  readonly #used = new Set<string>(["@timestamp", loadColumn]);
  #joined = false;

  /** The SQL of a field of the dictionary: `l."name"` of the row, `o."name"` of its origin. */
  of(name: string): string {
    if (isOfOrigin({ name })) {
      this.#joined = true;
      this.#used.add("origin.id");
      return `o.${quoteName(name)}`;
    }
    if (!columns.has(name)) throw new Error(`rows have no column ${name}`);
    this.#used.add(name);
    return `l.${quoteName(name)}`;
  }

  /** The rows of the parts as the table `l`, with `part` (the position in the list) and `row` (its rowid). */
  from(parts: readonly Part[]): string {
    const names = [...this.#used].map(quoteName).join(",");
    const selects = parts.map(
      (part, at) => `SELECT ${at} AS part, rowid AS row, ${names} FROM ${part.alias}.logs`,
    );
    const join = this.#joined ? ` LEFT JOIN catalog.origins o ON o."origin.id" = l."origin.id"` : "";
    return `(${selects.join(" UNION ALL ")}) l${join}`;
  }
}

/** The value of a field of the row as text, null when the row has none. `column` is the SQL of its column. */
export function textSql(ref: FieldRef, column: string): string {
  if (ref.path !== undefined) return `json_extract_string(${column}, ${quoteText(jsonPointer(ref.path))})`;
  return fieldOf(ref.name)?.type === "keyword" ? column : `CAST(${column} AS VARCHAR)`;
}

/** The value of a field of the row as a number, null when it is none. */
export function numberSql(ref: FieldRef, column: string): string {
  return ref.path === undefined
    ? `CAST(${column} AS DOUBLE)`
    : `TRY_CAST(json_extract_string(${column}, ${quoteText(jsonPointer(ref.path))}) AS DOUBLE)`;
}
