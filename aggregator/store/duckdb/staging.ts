import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import type { DuckDBConnection } from "@duckdb/node-api";
import { messageOf, SeamarkError } from "../../../common/base/errors.ts";
import { ingestLimits } from "../../../common/wire/ingest.ts";
import type { Batch, RefusedLine } from "../log-store.ts";
import { columnDefinitions, rowColumns, wireColumns, wireToRow } from "./columns.ts";
import { query } from "./engine.ts";
import { hourNs } from "./hours.ts";
import { lineProblem } from "./line-problem.ts";
import { quotePath } from "./sql-text.ts";

const decompress = promisify(zstdDecompress);

/** The table that batches are read into before they go to their hours' files. */
export const staged = "staged";

/** Rows of one batch, hour and origin. */
export interface StagedGroup {
  /** Hours since the epoch. */
  readonly hour: number;
  /** The position in the list of batches. */
  readonly batch: number;
  readonly origin: string;
  /** Rows that are not too old. */
  readonly rows: number;
  readonly rowsTooOld: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** Rows that say what happened to a container. */
  readonly events: number;
}

export interface StagedBatches {
  readonly groups: readonly StagedGroup[];
  readonly refused: readonly RefusedLine[];
}

/** Which times a row may have; nanoseconds. Rows after the latest are refused, before the oldest left out. */
export interface TimeBounds {
  readonly oldestNs: bigint;
  readonly latestNs: bigint;
}

/** Which rows of what is staged are no rows. */
function unfit(latestNs: bigint): string {
  return `"@timestamp" IS NULL OR "origin.id" IS NULL OR "event.sequence" IS NULL OR "@timestamp" > ${latestNs}`;
}

/** Reads batches into a table of the loader's connection; the lines that cannot be rows are told apart. */
export class Staging {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;

  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  /**
   * Fills `staged` with the rows of the batches; the column `batch` is the position in the list. Rejects with
   * `corrupt` when a file is no zstd stream.
   */
  async load(batches: readonly Batch[], bounds: TimeBounds): Promise<StagedBatches> {
    const whole = await this.#attempt(
      () => this.#create(batches.map((batch, at) => source(batch, at, batch.path)).join(" UNION ALL ")),
      batches,
    );
    if (!whole) await this.#create("");
    const { groups, doubtful } = whole
      ? await this.#groups(bounds)
      : { groups: [], doubtful: new Set(batches.keys()) };
    if (doubtful.size === 0) return { groups, refused: [] };
    const refused: RefusedLine[] = [];
    for (const at of doubtful) refused.push(...(await this.#mend(batches[at]!, at, bounds.latestNs)));
    return { groups: (await this.#groups(bounds)).groups, refused };
  }

  /** What is staged, and the batches with rows that are none. */
  async #groups(bounds: TimeBounds): Promise<{ groups: StagedGroup[]; doubtful: Set<number> }> {
    const rows = await this.#query(
      `SELECT "@timestamp" // ${hourNs}, batch, "origin.id",
         count(*) FILTER (WHERE "@timestamp" >= ${bounds.oldestNs}),
         count(*) FILTER (WHERE "@timestamp" < ${bounds.oldestNs}),
         min("@timestamp"), max("@timestamp"),
         count(*) FILTER (WHERE "event.kind" = 'event'),
         count(*) FILTER (WHERE ${unfit(bounds.latestNs)})
       FROM ${staged} GROUP BY 1, 2, 3 ORDER BY 1, 2`,
    );
    const doubtful = new Set(rows.filter((row) => row[8] !== 0n).map((row) => Number(row[1])));
    const groups = rows.map(([hour, batch, origin, count, tooOld, first, last, events]) => ({
      hour: Number(hour),
      batch: Number(batch),
      origin: String(origin),
      rows: Number(count),
      rowsTooOld: Number(tooOld),
      firstNs: first as bigint,
      lastNs: last as bigint,
      events: Number(events),
    }));
    return { groups, doubtful };
  }

  async drop(): Promise<void> {
    await this.#query(`DROP TABLE IF EXISTS ${staged}`);
  }

  #query(sql: string) {
    return query(this.#connection, sql);
  }

  async #create(select: string): Promise<void> {
    await this.drop();
    if (select !== "") await this.#query(`CREATE TEMPORARY TABLE ${staged} AS ${select}`);
    else
      await this.#query(`CREATE TEMPORARY TABLE ${staged} (${columnDefinitions(rowColumns)}, batch INTEGER)`);
  }

  /** False when the data is at fault; rejects when something else is. */
  async #attempt(work: () => Promise<unknown>, batches: readonly Batch[]): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const message = messageOf(error);
      if (/^(Invalid Input|Conversion|Out of Range) Error/.test(message)) return false;
      if (/^IO Error: (Unknown frame|.*(ZSTD|zstd|corrupt))/i.test(message))
        throw new SeamarkError(
          "corrupt",
          `one of ${batches.map((batch) => batch.path).join(", ")}: ${message}`,
        );
      throw error;
    }
  }

  /** Loads one batch line by line as far as needed; what is staged of it already is replaced. */
  async #mend(batch: Batch, at: number, latestNs: bigint): Promise<RefusedLine[]> {
    await this.#query(`DELETE FROM ${staged} WHERE batch = ${at}`);
    if (await this.#insert(source(batch, at, batch.path), batch)) {
      const [bad] = await this.#query(
        `SELECT count(*) FROM ${staged} WHERE batch = ${at} AND (${unfit(latestNs)})`,
      );
      if (bad![0] === 0n) return [];
      await this.#query(`DELETE FROM ${staged} WHERE batch = ${at}`);
    }
    const refused: RefusedLine[] = [];
    const lines: NumberedLine[] = [];
    for (const line of await linesOf(batch)) {
      const reason = lineProblem(line.text, latestNs);
      if (reason === undefined) lines.push(line);
      else refused.push({ batch: batch.id, line: line.number, text: line.text, reason });
    }
    await this.#halve(batch, at, lines, refused);
    return refused;
  }

  async #halve(batch: Batch, at: number, lines: NumberedLine[], refused: RefusedLine[]): Promise<void> {
    if (lines.length === 0) return;
    const path = join(this.#folder, "mend.ndjson");
    let reason = "";
    try {
      await writeFile(path, `${lines.map((line) => line.text).join("\n")}\n`);
      if (await this.#insert(source(batch, at, path), batch, (message) => (reason = message))) return;
    } finally {
      await rm(path, { force: true });
    }
    if (lines.length === 1) {
      refused.push({ batch: batch.id, line: lines[0]!.number, text: lines[0]!.text, reason });
      return;
    }
    const middle = lines.length >> 1;
    await this.#halve(batch, at, lines.slice(0, middle), refused);
    await this.#halve(batch, at, lines.slice(middle), refused);
  }

  #insert(select: string, batch: Batch, failed: (message: string) => void = () => undefined) {
    return this.#attempt(async () => {
      try {
        await this.#query(`INSERT INTO ${staged} ${select}`);
      } catch (error) {
        failed(messageOf(error).split("\n", 1)[0]!);
        throw error;
      }
    }, [batch]);
  }
}

function source(batch: Batch, at: number, path: string): string {
  const compression = path.endsWith(".ndjson") ? "uncompressed" : "zstd";
  return (
    `SELECT ${wireToRow(batch.acceptedNs)}, ${at}::INTEGER AS batch FROM read_ndjson([${quotePath(path)}], ` +
    `columns=${wireColumns}, compression='${compression}', maximum_object_size=${ingestLimits.bytesMax})`
  );
}

export interface NumberedLine {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/** The lines of a batch that are not empty. Rejects with `corrupt` when the file is no zstd stream. */
export async function linesOf(batch: Batch): Promise<NumberedLine[]> {
  const body = await readFile(batch.path);
  let text: string;
  try {
    text = (await decompress(bodyOf(body), { maxOutputLength: ingestLimits.bytesMax })).toString("utf8");
  } catch (error) {
    throw new SeamarkError("corrupt", `${batch.path} is no zstd stream: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return text
    .split("\n")
    .map((line, at) => ({ number: at + 1, text: line }))
    .filter((line) => line.text.trim() !== "");
}

/**
 * The compressed rows without the skippable frames before them: Node's decompressor stops after the first frame.
 * Source: RFC 8878, section 3.1.2 (skippable frames).
 */
function bodyOf(file: Buffer): Buffer {
  let at = 0;
  while (at + 8 <= file.length && (file.readUInt32LE(at) & 0xfffffff0) >>> 0 === 0x184d2a50)
    at += 8 + file.readUInt32LE(at + 4);
  return file.subarray(at);
}
