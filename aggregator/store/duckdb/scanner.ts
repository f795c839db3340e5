import { SeamarkError } from "../../../common/base/errors.ts";
import type { Filter } from "../../../common/query/ast.ts";
import type { Partial, ReadOptions, TimeRange } from "../log-store.ts";
import { expectedFailure, isInvalidated, type SqlRow } from "./engine.ts";
import type { HourFiles, Part } from "./hour-files.ts";
import type { LoadIds } from "./load-ids.ts";
import type { Origins } from "./origins.ts";
import { DeadlinePassed, type Read, type ReadPool } from "./read-pool.ts";
import { RowFilter } from "./row-filter.ts";
import { UsedColumns } from "./row-source.ts";
import { type Slice, slicesOf } from "./slices.ts";

export interface ScanOptions {
  readonly order: "asc" | "desc";
  /** About how many rows the first slice has, and how many a slice has at most. */
  readonly firstRows: number;
  readonly rowsMax: number;
}

/** Aggregates read everything anyway: slices only bound what a deadline throws away. */
export const aggregateScan: ScanOptions = { order: "desc", firstRows: 4_000_000, rowsMax: 16_000_000 };

/** One slice of a range with the files that may have matching rows; open until its step is over. */
export interface SliceRows {
  readonly slice: Slice;
  readonly parts: readonly Part[];
  /** Runs `SELECT <select> FROM rows of the slice WHERE it matches AND <and> <tail>`. */
  rows(select: (used: UsedColumns) => SelectParts): Promise<SqlRow[]>;
}

export interface SelectParts {
  readonly select: string;
  readonly and?: string | undefined;
  readonly tail?: string;
}

/** A read with the state of the store when it began. */
export class Scan {
  readonly read: Read;
  readonly #files: HourFiles;
  readonly #parts: readonly Part[];
  readonly #visible: string;

  constructor(read: Read, files: HourFiles, range: TimeRange, visible: string) {
    this.read = read;
    this.#files = files;
    this.#parts = files.overlapping(range);
    this.#visible = visible;
  }

  get visible(): string {
    return this.#visible;
  }

  /** At least as many origins as have rows in the range; infinite when a file does not know. */
  originsMax(): number {
    const ids = new Set<string>();
    for (const { origins } of this.#parts) {
      if (origins === undefined) return Number.POSITIVE_INFINITY;
      for (const id of origins) ids.add(id);
    }
    return ids.size;
  }

  compile(filter: Filter): Promise<RowFilter> {
    return RowFilter.compile(filter, this.#visible, this.read);
  }

  /** Steps through the slices of a range until a step says `true`: enough. */
  async each(
    filter: RowFilter,
    range: TimeRange,
    options: ScanOptions,
    step: (rows: SliceRows) => Promise<boolean>,
  ): Promise<void> {
    const candidates = this.#parts.filter((part) => filter.mayMatch(part));
    const rowsOfHour = new Map<number, number>();
    for (const part of candidates) rowsOfHour.set(part.hour, (rowsOfHour.get(part.hour) ?? 0) + part.rows);
    const hours = [...rowsOfHour].map(([hour, rows]) => ({ hour, rows }));
    for (const slice of slicesOf(range, hours, options.order, options.firstRows, options.rowsMax)) {
      this.read.check();
      const wanted = candidates.filter((part) => slice.hours.includes(part.hour));
      const { parts, release } = await this.#files.lease(wanted);
      try {
        if (await step(this.#sliceRows(slice, parts, filter))) return;
      } finally {
        release();
      }
    }
  }

  #sliceRows(slice: Slice, parts: readonly Part[], filter: RowFilter): SliceRows {
    const rows: SliceRows["rows"] = async (select) => {
      if (parts.length === 0) return [];
      const used = new UsedColumns();
      const what = select(used);
      const matches = filter.where(slice, parts, used);
      const and = what.and === undefined ? "" : ` AND (${what.and})`;
      return this.#run(
        `SELECT ${what.select} FROM ${used.from(parts)} WHERE ${matches}${and} ${what.tail ?? ""}`,
        parts,
      );
    };
    return { slice, parts, rows };
  }

  /** Runs a statement on leased parts. */
  async #run(sql: string, parts: readonly Part[]): Promise<SqlRow[]> {
    try {
      return await this.read.rows(sql);
    } catch (error) {
      if (isInvalidated(error)) for (const part of parts) this.#files.markBroken(part);
      throw error;
    }
  }

  /** Runs a statement on all parts of the range, leased together. */
  async together<T>(work: (parts: readonly Part[]) => Promise<T>): Promise<T> {
    const { parts, release } = await this.#files.lease(this.#parts);
    try {
      return await work(parts);
    } finally {
      release();
    }
  }
}

export interface ScannerOptions {
  readonly pool: ReadPool;
  readonly files: HourFiles;
  readonly loads: LoadIds;
  readonly origins: Origins;
}

/** Begins reads. */
export class Scanner {
  readonly origins: Origins;
  readonly #options: ScannerOptions;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.origins = options.origins;
  }

  /**
   * Runs a read. `work` fills what it is going to answer as it goes; `partial` is `deadline` when the deadline ended
   * it early.
   */
  async run(
    range: TimeRange,
    options: ReadOptions,
    work: (scan: Scan) => Promise<void>,
  ): Promise<{ partial?: Partial }> {
    const { pool, files, loads } = this.#options;
    try {
      await pool.read(options, (read) => work(new Scan(read, files, range, loads.visible())));
      return {};
    } catch (error) {
      if (error instanceof DeadlinePassed) return { partial: "deadline" };
      throw badPattern(error) ?? expectedFailure(error, "reading the store failed");
    }
  }
}

/** A regular expression that RE2 does not take is the asker's to mend. */
function badPattern(error: unknown): SeamarkError | undefined {
  const match = /Invalid Input Error: (invalid [^\n]*|missing [^\n]*|bad [^\n]*)/.exec(String(error));
  return match ? new SeamarkError("bad_query", `the regular expression: ${match[1]}`) : undefined;
}
