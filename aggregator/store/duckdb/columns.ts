import { type FieldType, lineFields, originFields } from "../../../common/fields/dictionary.ts";
import { quoteName, quoteText } from "./sql-text.ts";

/** A column of a table that the field dictionary makes. */
export interface Column {
  readonly name: string;
  readonly sqlType: string;
  /** How `read_ndjson` reads it; undefined when it is not on the wire. */
  readonly wireType: string | undefined;
}

const sqlTypes: Record<FieldType, string> = {
  keyword: "VARCHAR",
  text: "VARCHAR",
  long: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  nanos: "BIGINT",
  flattened: "JSON",
};

function columnOf(field: { name: string; type: FieldType }): Column {
  const wireType = field.type === "nanos" ? "TIMESTAMP_NS" : sqlTypes[field.type];
  return {
    name: field.name,
    sqlType: sqlTypes[field.type],
    wireType: field.name === "event.ingested" ? undefined : wireType,
  };
}

/** The columns of `logs`: the key of the join, then every field of a line. */
export const rowColumns: readonly Column[] = [
  columnOf({ name: "origin.id", type: "keyword" }),
  ...lineFields.map(columnOf),
];

export const originColumns: readonly Column[] = originFields.map(columnOf);

/** `"@timestamp" BIGINT,"message" VARCHAR,…` */
export function columnDefinitions(columns: readonly Column[]): string {
  return columns.map((column) => `${quoteName(column.name)} ${column.sqlType}`).join(",");
}

export function columnNames(columns: readonly Column[]): string {
  return columns.map((column) => quoteName(column.name)).join(",");
}

/** The `columns=` argument of `read_ndjson` for log rows. */
export const wireColumns = `{${rowColumns
  .filter((column) => column.wireType !== undefined)
  .map((column) => `${quoteText(column.name)}:${quoteText(column.wireType!)}`)
  .join(",")}}`;

/** The select list that turns what `read_ndjson` gives into the columns of `logs`. */
export function wireToRow(acceptedNs: bigint): string {
  return rowColumns
    .map(({ name, wireType }) => {
      if (wireType === undefined) return `${acceptedNs}::BIGINT AS ${quoteName(name)}`;
      return wireType === "TIMESTAMP_NS"
        ? `epoch_ns(${quoteName(name)}) AS ${quoteName(name)}`
        : quoteName(name);
    })
    .join(",");
}
