import type { Counter } from "../../../common/base/metrics.ts";
import { formatNanos } from "../../../common/base/nanotime.ts";
import type { ContainerRecord, Inventory, Origin } from "../log-store.ts";
import { columnNames, originColumns } from "./columns.ts";
import { afterEvent, type ContainerEvent, type ContainerState, unknownState } from "./container-state.ts";
import type { Engine, SqlRow } from "./engine.ts";
import type { HourFiles } from "./hour-files.ts";
import { textList } from "./sql-text.ts";

/** Origins in memory, about 1 KiB each: a busy cluster starts that many containers in a week. */
const originsMax = 100_000;
/** How many the least recently seen lose at once, so that not every new one sorts them all. */
const evictedShare = 0.02;
/** Origins that are written in one statement. */
const writtenAtOnce = 1000;

interface Known {
  origin: Origin;
  firstNs: bigint;
  lastNs: bigint;
  state: ContainerState;
}

/**
 * Origins and what is known of their containers: in memory for joins and lists, on disk in `catalog.duckdb` for
 * filters and for the next start. It may be written again at will; the hour files hold a copy of each origin.
 */
export class Origins implements Inventory {
  readonly #engine: Engine;
  readonly #evicted: Counter;
  readonly #known = new Map<string, Known>();
  readonly #dirty = new Set<string>();

  private constructor(engine: Engine, evicted: Counter) {
    this.#engine = engine;
    this.#evicted = evicted;
  }

  static async open(engine: Engine, evicted: Counter): Promise<Origins> {
    const origins = new Origins(engine, evicted);
    await origins.#addColumns();
    const rows = await engine.admin(`${selectOrigins} ORDER BY last_ns DESC LIMIT ${originsMax}`);
    for (const row of rows) origins.#read(row);
    return origins;
  }

  /** Takes origins that the catalog has lost from the copies in the files. */
  async restore(files: HourFiles): Promise<void> {
    for (const part of files.all) {
      const unknown = [...(part.origins ?? [])].filter((id) => !this.#known.has(id));
      if (unknown.length === 0 || this.#known.size >= originsMax) continue;
      const { parts, release } = await files.lease([part]);
      try {
        const rows = await this.#engine.admin(
          `SELECT about FROM ${parts[0]!.alias}.seen WHERE about IS NOT NULL AND list_contains(${textList(unknown)}, origin)`,
        );
        await this.put(
          rows.map(([about]) => JSON.parse(String(about)) as Origin),
          part.firstNs ?? 0n,
        );
      } finally {
        release();
      }
    }
  }

  origin(id: string): Origin | undefined {
    return this.#known.get(id)?.origin;
  }

  /** First and last time of a row of the origin, as far as loads have told since they were written last. */
  seen(id: string): { firstNs: bigint; lastNs: bigint } | undefined {
    return this.#known.get(id);
  }

  containers(): readonly ContainerRecord[] {
    const records: ContainerRecord[] = [];
    for (const known of this.#known.values())
      if (known.origin["container.id"] !== undefined) records.push(recordOf(known));
    return records;
  }

  /** Takes origins and makes them durable. */
  async put(origins: readonly Origin[], acceptedNs: bigint): Promise<void> {
    await this.recall(origins.map((origin) => origin["origin.id"]));
    for (const origin of origins) {
      const id = origin["origin.id"];
      const known = this.#known.get(id);
      if (known) known.origin = origin;
      else this.#known.set(id, { origin, firstNs: acceptedNs, lastNs: acceptedNs, state: unknownState });
      this.#dirty.add(id);
    }
    await this.flush();
    this.#evict();
  }

  /** Brings origins back into memory that were evicted; those that are not on disk either stay unknown. */
  async recall(ids: readonly string[]): Promise<void> {
    const gone = ids.filter((id) => !this.#known.has(id));
    if (gone.length === 0) return;
    const rows = await this.#engine.admin(
      `${selectOrigins} WHERE "origin.id" IN (SELECT unnest(${textList(gone)}))`,
    );
    for (const row of rows) this.#read(row);
  }

  /** Rows of the origin were loaded, from the first to the last time. */
  touch(id: string, firstNs: bigint, lastNs: bigint): void {
    const known = this.#known.get(id);
    if (!known) return;
    if (firstNs < known.firstNs) known.firstNs = firstNs;
    else if (lastNs <= known.lastNs) return;
    if (lastNs > known.lastNs) known.lastNs = lastNs;
    this.#dirty.add(id);
  }

  apply(id: string, event: ContainerEvent): void {
    const known = this.#known.get(id);
    if (!known) return;
    known.state = afterEvent(known.state, event);
    this.#dirty.add(id);
  }

  /** Writes what has changed since it was written last. */
  async flush(): Promise<void> {
    const ids = [...this.#dirty];
    for (let at = 0; at < ids.length; at += writtenAtOnce) {
      const slice = ids.slice(at, at + writtenAtOnce);
      await this.#write(slice);
      for (const id of slice) this.#dirty.delete(id);
    }
  }

  /** The origins of rows that are not in memory (any more), from the disk. */
  async fetch(
    ids: readonly string[],
    rows: (sql: string) => Promise<SqlRow[]>,
  ): Promise<Map<string, Origin>> {
    const found = new Map<string, Origin>();
    if (ids.length === 0) return found;
    for (const row of await rows(`${selectOrigins} WHERE "origin.id" IN (SELECT unnest(${textList(ids)}))`)) {
      const { origin } = knownOf(row);
      found.set(origin["origin.id"], origin);
    }
    return found;
  }

  /** Forgets origins without a row since then. */
  async forget(beforeNs: bigint): Promise<void> {
    for (const [id, known] of this.#known) {
      if (known.lastNs >= beforeNs || known.state.state === "running") continue;
      this.#known.delete(id);
      this.#dirty.delete(id);
    }
    await this.#engine.admin(
      `DELETE FROM catalog.origins WHERE last_ns < ${beforeNs} AND coalesce(state, '') NOT LIKE '%"running"%'`,
    );
  }

  async #write(ids: readonly string[]): Promise<void> {
    const records = ids.flatMap((id) => {
      const known = this.#known.get(id);
      if (!known) return [];
      const { firstNs, lastNs, state, origin } = known;
      return [
        { ...origin, first_ns: String(firstNs), last_ns: String(lastNs), state: JSON.stringify(state) },
      ];
    });
    await this.#engine.admin(
      `INSERT OR REPLACE INTO catalog.origins SELECT unnest(from_json($1, '[${recordShape}]'), max_depth := 2)`,
      [JSON.stringify(records)],
    );
  }

  async #addColumns(): Promise<void> {
    for (const column of originColumns) {
      await this.#engine.admin(
        `ALTER TABLE catalog.origins ADD COLUMN IF NOT EXISTS "${column.name}" ${column.sqlType}`,
      );
    }
  }

  #read(row: SqlRow): void {
    const known = knownOf(row);
    this.#known.set(known.origin["origin.id"], known);
  }

  #evict(): void {
    if (this.#known.size <= originsMax) return;
    const byAge = [...this.#known].sort(([, a], [, b]) => (a.lastNs < b.lastNs ? -1 : 1));
    const evicted = byAge.slice(0, this.#known.size - originsMax + Math.floor(originsMax * evictedShare));
    for (const [id] of evicted) this.#known.delete(id);
    this.#evicted.add(evicted.length);
  }
}

const selectOrigins = `SELECT ${columnNames(originColumns)}, first_ns, last_ns, state FROM catalog.origins`;

/** The structure that `from_json` reads; in the order of the table's columns. */
const recordShape = JSON.stringify(
  Object.fromEntries([
    ...originColumns.map((column) => [column.name, column.sqlType]),
    ["first_ns", "BIGINT"],
    ["last_ns", "BIGINT"],
    ["state", "VARCHAR"],
  ]),
);

function knownOf(row: SqlRow): Known {
  const origin: Record<string, unknown> = {};
  originColumns.forEach((column, at) => {
    const value = row[at];
    if (value === null) return;
    origin[column.name] = column.sqlType === "JSON" ? (JSON.parse(String(value)) as unknown) : value;
  });
  const [firstNs, lastNs, state] = row.slice(originColumns.length);
  return {
    origin: origin as unknown as Origin,
    firstNs: firstNs as bigint,
    lastNs: lastNs as bigint,
    state: state === null ? unknownState : (JSON.parse(String(state)) as ContainerState),
  };
}

function recordOf({ origin, firstNs, lastNs, state }: Known): ContainerRecord {
  return {
    origin,
    state: state.state,
    ...(state.startedNs === undefined ? {} : { startedAt: formatNanos(BigInt(state.startedNs)) }),
    ...(state.finishedNs === undefined ? {} : { finishedAt: formatNanos(BigInt(state.finishedNs)) }),
    ...(state.exitCode === undefined ? {} : { exitCode: state.exitCode }),
    ...(state.oomKilled === undefined ? {} : { oomKilled: state.oomKilled }),
    starts: state.starts,
    firstSeen: formatNanos(firstNs),
    lastSeen: formatNanos(lastNs),
  };
}
