import type { TimeRange } from "../log-store.ts";
import type { SqlRow } from "./engine.ts";
import { filterToSql } from "./filter-sql.ts";
import type { GroupRequest } from "./groups.ts";
import type { Part } from "./hour-files.ts";
import { minuteNs } from "./hours.ts";
import { counterColumns, latencyColumns } from "./part-schema.ts";
import type { Scan } from "./scanner.ts";
import { textList } from "./sql-text.ts";

/** The fields that counters are kept by, and their columns. */
export const counterFields: ReadonlyMap<string, string> = new Map([
  ["service.name", "app"],
  ["service.version", "version"],
  ["seamark.edge", "edge"],
  ["http.response.status_code", "status"],
  ["log.level", "level"],
]);

/** The counters of a read: those of the files, and those of files that are deleted. */
export class CounterRows {
  readonly #scan: Scan;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /** Rows of (bucket, key …, lines) for whole minutes. */
  counts(range: TimeRange, request: GroupRequest): Promise<SqlRow[]> {
    const column = (name: string) => `l.${counterFields.get(name)!}`;
    const minutes = BigInt(request.intervalMs / 60_000);
    const time = minutes === 0n ? "0" : `l.minute // ${minutes}`;
    const keys = request.keys.map((key) =>
      key.byOrigin ? `CAST(${column(key.counterField)} AS VARCHAR)` : key.sql(column),
    );
    const matches = filterToSql(request.filter, column);
    return this.query(
      "counters",
      range,
      (table) =>
        `SELECT ${[time, ...keys, "sum(l.lines)"].join(",")} FROM ${table} l
         WHERE (${matches}) GROUP BY ALL HAVING sum(l.lines) > 0`,
    );
  }

  /**
   * Runs a statement on the counters or latencies of the minutes in a range. A file's counters are folded before the
   * file is deleted; what is folded of files that this read holds is left out, so nothing is counted twice.
   */
  query(kind: "counters" | "latency", range: TimeRange, sql: (table: string) => string): Promise<SqlRow[]> {
    return this.#scan.together((parts) => this.#scan.read.rows(sql(this.#table(kind, parts, range))));
  }

  #table(kind: "counters" | "latency", parts: readonly Part[], range: TimeRange): string {
    const columns = kind === "counters" ? counterColumns : latencyColumns;
    const minutes = `minute >= ${range.fromNs / minuteNs} AND minute < ${(range.toNs + minuteNs - 1n) / minuteNs}`;
    const visible = this.#scan.visible;
    const selects = parts.map(
      (part) => `SELECT ${columns} FROM ${part.alias}.${kind} WHERE ${minutes} AND ${visible}`,
    );
    const held = parts.map((part) => part.uid);
    const others = held.length === 0 ? "" : ` AND NOT list_contains(${textList(held)}, source)`;
    selects.push(`SELECT ${columns} FROM folded.${kind} WHERE ${minutes}${others}`);
    return `(${selects.join(" UNION ALL ")})`;
  }
}
