import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../../../common/base/clock.ts";
import type { Counter } from "../../../common/base/metrics.ts";
import { msToNanos } from "../../../common/base/nanotime.ts";
import type { AppendResult, Batch, RefusedLine } from "../log-store.ts";
import { columnNames, rowColumns } from "./columns.ts";
import { exitCodeOf } from "./container-state.ts";
import { compactCounters, insertCounters, insertLatency } from "./counter-sql.ts";
import { type Engine, expectedFailure, query, syncFolder, transaction } from "./engine.ts";
import type { HourFiles, Part } from "./hour-files.ts";
import { hourNs, later } from "./hours.ts";
import type { LoadIds } from "./load-ids.ts";
import { readOrigins } from "./origin-lines.ts";
import type { Origins } from "./origins.ts";
import { loadColumn } from "./part-schema.ts";
import { quoteName, quoteText, textList } from "./sql-text.ts";
import { type StagedGroup, Staging, staged } from "./staging.ts";

/** Files that one statement reads: enough that small batches share the cost of a commit (measured: from ten on). */
const filesAtOnce = 32;
/** Rows that one statement reads; they are in memory until they are committed. */
const rowsAtOnce = 200_000;
/** Rows further ahead of the clock are refused: a wrong clock would make a file for every hour to come. */
const aheadNsMax = 24n * hourNs;
/** Counter rows that are worth adding up; below it reading them costs less than adding them up. */
const looseRowsMax = 50_000;
/** How long the last times of origins may be older on disk than in memory. */
const flushEveryMs = 60_000;

export interface LoaderOptions {
  readonly engine: Engine;
  readonly connection: DuckDBConnection;
  readonly files: HourFiles;
  readonly origins: Origins;
  readonly loads: LoadIds;
  readonly clock: Clock;
  /** Rows before this are too old: their hours are deleted or would be. */
  readonly oldestNs: () => bigint;
  readonly rowsLoaded: Counter;
}

interface Commit {
  /** Which staged rows. */
  readonly where: string;
  readonly loadId: bigint;
  /** Of the batches that the rows are of. */
  readonly ids: readonly string[];
  readonly groups: readonly StagedGroup[];
}

/** Moves batches into the files. One append at a time: the owner sees to that. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #staging: Staging;
  #flushedMs = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#staging = new Staging(options.connection, `${options.engine.folder}/tmp`);
  }

  async append(asked: readonly Batch[]): Promise<AppendResult> {
    const batches = [...new Map(asked.map((batch) => [batch.id, batch])).values()];
    try {
      const refused: RefusedLine[] = [];
      for (const batch of batches)
        if (batch.kind === "origins") refused.push(...(await this.#putOrigins(batch)));
      const totals = { rowsAppended: 0, rowsTooOld: 0 };
      for (const chunk of chunksOf(batches.filter((batch) => batch.kind !== "origins"))) {
        const result = await this.#loadChunk(chunk);
        totals.rowsAppended += result.rowsAppended;
        totals.rowsTooOld += result.rowsTooOld;
        refused.push(...result.refused);
      }
      await this.#flushSometimes();
      this.#options.rowsLoaded.add(totals.rowsAppended);
      return { ...totals, refused };
    } catch (error) {
      throw expectedFailure(error, "appending to the store failed");
    }
  }

  /** Adds up the counter rows of a file that nobody writes at the moment. */
  async compact(part: Part): Promise<void> {
    if (!this.#options.loads.quiet) return;
    const { parts, release } = await this.#options.files.lease([part]);
    try {
      if (parts.length === 0) return;
      await this.#write(part, () => this.#query(compactCounters(part.alias)));
      part.counterRowsCompact = Number((await this.#query(countCounters(part.alias)))[0]![0]);
      part.counterRowsLoose = 0;
    } finally {
      release();
    }
  }

  #query(sql: string) {
    return query(this.#options.connection, sql);
  }

  async #putOrigins(batch: Batch): Promise<RefusedLine[]> {
    const { origins, refused } = await readOrigins(batch);
    await this.#options.origins.put(origins, batch.acceptedNs);
    return refused;
  }

  async #loadChunk(batches: readonly Batch[]): Promise<AppendResult> {
    const { clock, loads, oldestNs, engine } = this.#options;
    const bounds = { oldestNs: oldestNs(), latestNs: msToNanos(clock.nowMs()) + aheadNsMax };
    try {
      const { groups, refused } = await this.#staging.load(batches, bounds);
      await this.#tellOrigins(groups);
      const ids = batches.map((batch) => batch.id);
      const loadId = loads.begin(ids);
      const touched: Part[] = [];
      let rowsAppended = 0;
      try {
        const taken = groups.filter((group) => group.rows > 0);
        for (const ofHour of Map.groupBy(taken, (group) => group.hour).values()) {
          const { part, rows } = await this.#loadHour(ofHour, batches, loadId, bounds.oldestNs);
          rowsAppended += rows;
          if (rows > 0) touched.push(part);
        }
      } catch (error) {
        if (touched.length === 0) loads.forget(loadId);
        throw error;
      }
      // A write-ahead log that was just made is only durable with its name.
      if (touched.length > 0) await syncFolder(engine.folder);
      loads.finish(ids);
      for (const part of touched) await this.#compactWhenWorthIt(part);
      const rowsTooOld = groups.reduce((sum, group) => sum + group.rowsTooOld, 0);
      return { rowsAppended, rowsTooOld, refused };
    } finally {
      await this.#staging.drop();
    }
  }

  /** Loads the rows of one hour, but for those of batches that its files have already. */
  async #loadHour(
    groups: readonly StagedGroup[],
    batches: readonly Batch[],
    loadId: bigint,
    oldestNs: bigint,
  ): Promise<{ part: Part; rows: number }> {
    const { files } = this.#options;
    const hour = groups[0]!.hour;
    const { parts, release } = await files.lease(await files.forWriting(hour));
    const part = parts.at(-1)!;
    try {
      const known = await this.#loadedIn(parts, new Set(groups.map(({ batch }) => batches[batch]!.id)));
      const fresh = groups.filter(({ batch }) => !known.has(batches[batch]!.id));
      if (fresh.length === 0) return { part, rows: 0 };
      const positions = [...new Set(fresh.map(({ batch }) => batch))];
      const where =
        `"@timestamp" >= ${later(BigInt(hour) * hourNs, oldestNs)} AND "@timestamp" < ${BigInt(hour + 1) * hourNs}` +
        (known.size === 0 ? "" : ` AND batch IN (${positions.join(",")})`);
      await this.#commit(part, { where, loadId, ids: positions.map((at) => batches[at]!.id), groups: fresh });
      return { part, rows: rowsIn(fresh) };
    } finally {
      release();
    }
  }

  async #loadedIn(parts: readonly Part[], ids: Iterable<string>): Promise<Set<string>> {
    const known = new Set<string>();
    for (const part of parts) {
      const rows = await this.#query(
        `SELECT batch FROM ${part.alias}.loaded WHERE batch IN (SELECT unnest(${textList(ids)}))`,
      );
      for (const [id] of rows) known.add(String(id));
    }
    return known;
  }

  /** One transaction: the rows, what counts them, and the identities of their batches. */
  async #commit(part: Part, { where, loadId, ids, groups }: Commit): Promise<void> {
    const { alias } = part;
    const names = columnNames(rowColumns);
    const origins = new Set(groups.map(({ origin }) => origin));
    const newOrigins = [...origins].filter((origin) => part.origins?.has(origin) === false);
    let counterRows = 0;
    await this.#write(part, async () => {
      await this.#query(
        `INSERT INTO ${alias}.logs (${names}, ${quoteName(loadColumn)})
         SELECT ${names}, ${loadId}::BIGINT FROM ${staged} WHERE ${where}`,
      );
      counterRows += changed(await this.#query(insertCounters(alias, staged, where, loadId)));
      counterRows += changed(await this.#query(insertLatency(alias, staged, where, loadId)));
      await this.#query(
        `INSERT INTO ${alias}.loaded VALUES ${ids.map((id) => `(${quoteText(id)})`).join(",")}`,
      );
      await this.#insertSeen(alias, newOrigins);
    });
    part.rows += rowsIn(groups);
    part.counterRowsLoose += counterRows;
    for (const { firstNs } of groups)
      if (part.firstNs === undefined || firstNs < part.firstNs) part.firstNs = firstNs;
    this.#options.files.addOrigins(part, newOrigins);
  }

  async #insertSeen(alias: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const seen = ids.map((origin) => ({ origin, about: this.#options.origins.origin(origin) ?? null }));
    await query(
      this.#options.connection,
      `INSERT INTO ${alias}.seen SELECT unnest(from_json($1, '[{"origin":"VARCHAR","about":"JSON"}]'), max_depth := 2)`,
      [JSON.stringify(seen)],
    );
  }

  async #write(part: Part, work: () => Promise<unknown>): Promise<void> {
    try {
      await transaction(this.#options.connection, work);
    } catch (error) {
      // Whether a commit that failed is in the file is not known before it is opened again.
      this.#options.files.markBroken(part);
      throw error;
    }
  }

  async #compactWhenWorthIt(part: Part): Promise<void> {
    if (part.counterRowsLoose > Math.max(looseRowsMax, part.counterRowsCompact)) await this.compact(part);
  }

  /** What the rows say of origins: when they were seen, and what happened to their containers. */
  async #tellOrigins(groups: readonly StagedGroup[]): Promise<void> {
    const { origins } = this.#options;
    await origins.recall([...new Set(groups.map(({ origin }) => origin))]);
    for (const { origin, firstNs, lastNs } of groups) origins.touch(origin, firstNs, lastNs);
    if (!groups.some(({ events }) => events > 0)) return;
    const events = await this.#query(
      `SELECT "origin.id", "@timestamp", "event.sequence", "event.action", attrs FROM ${staged}
       WHERE "event.kind" = 'event' AND "event.action" IS NOT NULL ORDER BY 2, 3`,
    );
    for (const [id, time, sequence, action, attrs] of events) {
      const exitCode = attrs === null ? undefined : exitCodeOf(JSON.parse(String(attrs)));
      origins.apply(String(id), {
        timeNs: time as bigint,
        sequence: Number(sequence),
        action: String(action),
        exitCode,
      });
    }
    await origins.flush();
  }

  async #flushSometimes(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#flushedMs < flushEveryMs) return;
    this.#flushedMs = nowMs;
    await this.#options.origins.flush();
  }
}

function* chunksOf(batches: readonly Batch[]): Generator<Batch[]> {
  let chunk: Batch[] = [];
  let rows = 0;
  for (const batch of batches) {
    if (chunk.length >= filesAtOnce || (chunk.length > 0 && rows + batch.rows > rowsAtOnce)) {
      yield chunk;
      [chunk, rows] = [[], 0];
    }
    chunk.push(batch);
    rows += batch.rows;
  }
  if (chunk.length > 0) yield chunk;
}

function countCounters(alias: string): string {
  return `SELECT (SELECT count(*) FROM ${alias}.counters) + (SELECT count(*) FROM ${alias}.latency)`;
}

function rowsIn(groups: readonly StagedGroup[]): number {
  return groups.reduce((sum, { rows }) => sum + rows, 0);
}

/** Rows that an INSERT has inserted. */
function changed(result: readonly (readonly unknown[])[]): number {
  return Number(result[0]?.[0] ?? 0);
}
