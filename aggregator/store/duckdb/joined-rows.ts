import { formatNanos } from "../../../common/base/nanotime.ts";
import { lineFields } from "../../../common/fields/dictionary.ts";
import type { JoinedRow, Origin } from "../log-store.ts";
import { columnNames, rowColumns } from "./columns.ts";
import type { SqlRow } from "./engine.ts";
import type { Origins } from "./origins.ts";
import type { Read } from "./read-pool.ts";

/** The select list whose rows `joinedRow` reads. */
export const rowSelect = columnNames(rowColumns);

const types = new Map<string, string>(lineFields.map((field) => [field.name, field.type]));

/** A row as it is read: its id first, then its origin, then its own fields. */
export function joinedRow(values: SqlRow, origin: Origin | undefined): JoinedRow {
  const own: Record<string, unknown> = {};
  rowColumns.forEach((column, at) => {
    const value = values[at];
    if (value !== null && value !== undefined) own[column.name] = readable(types.get(column.name), value);
  });
  const timeNs = values[timeAt] as bigint;
  const id = `${timeNs}-${String(own["origin.id"])}-${String(own["event.sequence"])}`;
  return { id, ...origin, ...own } as unknown as JoinedRow;
}

const timeAt = rowColumns.findIndex((column) => column.name === "@timestamp");

function readable(type: string | undefined, value: SqlRow[number]): unknown {
  if (type === "nanos") return formatNanos(value as bigint);
  if (type === "flattened") return JSON.parse(String(value)) as unknown;
  return typeof value === "bigint" ? Number(value) : value;
}

/** The origins of rows by id; what is not in memory comes from the disk. */
export async function originsOf(
  ids: Iterable<string>,
  origins: Origins,
  read: Read,
): Promise<(id: string) => Origin | undefined> {
  const gone = [...new Set(ids)].filter((id) => origins.origin(id) === undefined);
  const fetched = await origins.fetch(gone, (sql) => read.rows(sql));
  return (id) => origins.origin(id) ?? fetched.get(id);
}
