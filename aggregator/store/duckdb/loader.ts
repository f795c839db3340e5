import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../../../common/base/clock.ts";
import type { Counter } from "../../../common/base/metrics.ts";
import { msToNanos } from "../../../common/base/nanotime.ts";
import type { AppendResult, Batch, RefusedLine } from "../log-store.ts";
import { columnNames, rowColumns } from "./columns.ts";
import { exitCodeOf } from "./container-state.ts";
import { compactCounters, insertCounters, insertLatency } from "./counter-sql.ts";
import { type Engine, expectedFailure, isInvalidated, query, syncFolder, transaction } from "./engine.ts";
import type { HourFiles, Part } from "./hour-files.ts";
import { hourNs, later } from "./hours.ts";
import type { LoadIds } from "./load-ids.ts";
import { readOrigins } from "./origin-lines.ts";
import type { Origins } from "./origins.ts";
import { loadColumn } from "./part-schema.ts";
import { quoteName, textList } from "./sql-text.ts";
import { Staging, staged } from "./staging.ts";

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

/** Rows of the staged batches per hour and batch (its position in the list), and the hour's earliest time. */
type Plan = Map<number, { readonly perBatch: Map<number, number>; firstNs: bigint }>;

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
    try {
      const refused = await this.#staging.load(batches, msToNanos(clock.nowMs()) + aheadNsMax);
      const oldest = oldestNs();
      const plan = await this.#plan(oldest);
      const rowsTooOld = Number((await this.#query(countBefore(oldest)))[0]![0]);
      await this.#tellOrigins();
      const ids = batches.map((batch) => batch.id);
      const loadId = loads.begin(ids);
      const touched: Part[] = [];
      let rowsAppended = 0;
      try {
        for (const [hour, { perBatch, firstNs }] of plan) {
          const { part, rows } = await this.#loadHour(hour, perBatch, batches, loadId, oldest);
          if (rows === 0) continue;
          rowsAppended += rows;
          touched.push(part);
          if (part.firstNs === undefined || firstNs < part.firstNs) part.firstNs = firstNs;
        }
      } catch (error) {
        if (touched.length === 0) loads.forget(loadId);
        throw error;
      }
      // A write-ahead log that was just made is only durable with its name.
      if (touched.length > 0) await syncFolder(engine.folder);
      loads.finish(ids);
      for (const part of touched) await this.#compactWhenWorthIt(part);
      return { rowsAppended, rowsTooOld, refused };
    } finally {
      await this.#staging.drop();
    }
  }

  async #plan(oldest: bigint): Promise<Plan> {
    const rows = await this.#query(
      `SELECT "@timestamp" // ${hourNs}, batch, count(*), min("@timestamp") FROM ${staged} WHERE "@timestamp" >= ${oldest}
       GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    const plan: Plan = new Map();
    for (const [hour, batch, count, first] of rows) {
      const firstNs = first as bigint;
      const one = plan.get(Number(hour)) ?? { perBatch: new Map<number, number>(), firstNs };
      one.perBatch.set(Number(batch), Number(count));
      if (firstNs < one.firstNs) one.firstNs = firstNs;
      plan.set(Number(hour), one);
    }
    return plan;
  }

  /** Loads the rows of one hour, but for those of batches that its files have already. */
  async #loadHour(
    hour: number,
    perBatch: ReadonlyMap<number, number>,
    batches: readonly Batch[],
    loadId: bigint,
    oldest: bigint,
  ): Promise<{ part: Part; rows: number }> {
    const { files } = this.#options;
    const { parts, release } = await files.lease(await files.forWriting(hour));
    const part = parts.at(-1)!;
    try {
      const known = await this.#loadedIn(
        parts,
        [...perBatch.keys()].map((at) => batches[at]!.id),
      );
      const fresh = [...perBatch].filter(([at]) => !known.has(batches[at]!.id));
      if (fresh.length === 0) return { part, rows: 0 };
      const where =
        `"@timestamp" >= ${later(BigInt(hour) * hourNs, oldest)} AND "@timestamp" < ${BigInt(hour + 1) * hourNs}` +
        (known.size === 0 ? "" : ` AND batch IN (${fresh.map(([at]) => at).join(",")})`);
      const ids = fresh.map(([at]) => batches[at]!.id);
      await this.#commit(part, where, ids, loadId);
      const rows = fresh.reduce((sum, [, count]) => sum + count, 0);
      part.rows += rows;
      return { part, rows };
    } finally {
      release();
    }
  }

  async #loadedIn(parts: readonly Part[], ids: readonly string[]): Promise<Set<string>> {
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
  async #commit(part: Part, where: string, ids: readonly string[], loadId: bigint): Promise<void> {
    const { alias } = part;
    const names = columnNames(rowColumns);
    const newOrigins = await this.#newOrigins(part, where);
    let counterRows = 0;
    await this.#write(part, async () => {
      await this.#query(
        `INSERT INTO ${alias}.logs (${names}, ${quoteName(loadColumn)})
         SELECT ${names}, ${loadId}::BIGINT FROM ${staged} WHERE ${where}`,
      );
      counterRows += changed(await this.#query(insertCounters(alias, staged, where, loadId)));
      counterRows += changed(await this.#query(insertLatency(alias, staged, where, loadId)));
      await this.#query(`INSERT INTO ${alias}.loaded SELECT unnest(${textList(ids)})`);
      await this.#insertSeen(alias, newOrigins);
    });
    part.counterRowsLoose += counterRows;
    this.#options.files.addOrigins(part, newOrigins);
  }

  async #newOrigins(part: Part, where: string): Promise<string[]> {
    if (part.origins === undefined) return [];
    const rows = await this.#query(`SELECT DISTINCT "origin.id" FROM ${staged} WHERE ${where}`);
    return rows.map(([id]) => String(id)).filter((id) => part.origins?.has(id) === false);
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
      if (isInvalidated(error)) this.#options.files.markBroken(part);
      throw error;
    }
  }

  async #compactWhenWorthIt(part: Part): Promise<void> {
    if (part.counterRowsLoose > Math.max(looseRowsMax, part.counterRowsCompact)) await this.compact(part);
  }

  /** What the rows say of origins: when they were seen, and what happened to their containers. */
  async #tellOrigins(): Promise<void> {
    const { origins } = this.#options;
    const seen = await this.#query(
      `SELECT "origin.id", min("@timestamp"), max("@timestamp") FROM ${staged} GROUP BY 1`,
    );
    await origins.recall(seen.map(([id]) => String(id)));
    for (const [id, first, last] of seen) origins.touch(String(id), first as bigint, last as bigint);
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
    if (events.length > 0) await origins.flush();
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

function countBefore(oldest: bigint): string {
  return `SELECT count(*) FROM ${staged} WHERE "@timestamp" < ${oldest}`;
}

function countCounters(alias: string): string {
  return `SELECT (SELECT count(*) FROM ${alias}.counters) + (SELECT count(*) FROM ${alias}.latency)`;
}

/** Rows that an INSERT has inserted. */
function changed(result: readonly (readonly unknown[])[]): number {
  return Number(result[0]?.[0] ?? 0);
}
