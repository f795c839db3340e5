import { mkdir } from "node:fs/promises";
import type { Clock } from "../../../common/base/clock.ts";
import type { Logger } from "../../../common/base/log.ts";
import type { Metrics } from "../../../common/base/metrics.ts";
import type { Store } from "../log-store.ts";
import { DuckdbCounters } from "./app-counters.ts";
import { DuckdbLogs } from "./duckdb-logs.ts";
import { Engine } from "./engine.ts";
import { type CorruptFile, HourFiles } from "./hour-files.ts";
import { LoadIds } from "./load-ids.ts";
import { Loader } from "./loader.ts";
import { Origins } from "./origins.ts";
import { ReadPool } from "./read-pool.ts";
import { Retention } from "./retention.ts";
import { Scanner } from "./scanner.ts";
import { Serial } from "./serial.ts";
import { openSideFiles, type SideFiles } from "./side-files.ts";

export interface DuckdbStoreOptions {
  readonly folder: string;
  /** What DuckDB may use for loading and queries; what it needs beyond goes to disk. */
  readonly memoryLimitBytes: number;
  /** Of each statement; a second one costs twice the CPU for the same loading rate (measured). Default 1. */
  readonly threads?: number;
  readonly retentionMs: number;
  /** Of all files together; the oldest are deleted beyond it. */
  readonly retentionBytes: number;
  /** A file is full at this size and the next part of its hour begins. Default 1 GiB. */
  readonly fileBytesMax?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** What is wrong with the store, for people. */
export interface StoreHealth {
  /** Files that could not be opened and were set aside since the start. */
  readonly corrupt: readonly CorruptFile[];
  readonly files: number;
  readonly sizeBytes: number;
}

/** The embedded store: one DuckDB file per hour. */
export interface DuckdbStore extends Store {
  /** Deletes what is too old or too much. To be called about once a minute. */
  enforceRetention(): Promise<void>;
  health(): Promise<StoreHealth>;
}

/** Reads at the same time: one more and, with the loader, all of Node's four worker threads could be busy. */
const readers = 2;
const fileBytesMaxDefault = 1024 ** 3;

/** Opens the store, or makes it. Rejects with `unavailable` when another process has it open. */
export async function openDuckdbStore(options: DuckdbStoreOptions): Promise<DuckdbStore> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const { folder, memoryLimitBytes, threads = 1 } = options;
  const engine = await Engine.open({ folder, memoryLimitBytes, threads });
  try {
    return await assemble(engine, options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function assemble(engine: Engine, options: DuckdbStoreOptions): Promise<DuckdbStore> {
  const { clock, log, metrics } = options;
  const side = await openSideFiles(engine, clock, log);
  const sizeBytesMax = options.fileBytesMax ?? fileBytesMaxDefault;
  const files = await HourFiles.open({ engine, clock, logger: log, sizeBytesMax });
  files.corrupt.push(...side.corrupt);
  const evicted = metrics.counter(
    "seamark_store_origins_evicted_total",
    "Origins that memory had no room for",
  );
  const origins = await Origins.open(engine, evicted);
  const loads = new LoadIds(files.lastLoad);
  const retention = new Retention({ ...options, engine, files, origins, side });
  await retention.finishDeletions();
  await origins.restore(files);
  const rowsLoaded = metrics.counter("seamark_store_rows_total", "Rows loaded into the store");
  const loader = new Loader({
    ...{ engine, files, origins, loads, clock, rowsLoaded },
    connection: await engine.connect(),
    oldestNs: () => retention.oldestNs(),
  });
  const pool = new ReadPool(
    await Promise.all(Array.from({ length: readers }, () => engine.connect())),
    clock,
  );
  const scanner = new Scanner({ pool, files, loads, origins });
  const writing = new Serial();
  const logs = new DuckdbLogs({ engine, files, loader, pool, scanner, retention, origins, writing });
  tellMetrics(metrics, files, pool);
  return {
    logs,
    counters: new DuckdbCounters(scanner),
    inventory: origins,
    enforceRetention: () => retention.enforce(writing, loader),
    health: async () => ({
      corrupt: files.corrupt,
      files: files.all.length,
      sizeBytes: await totalBytes(files, side),
    }),
  };
}

function tellMetrics(metrics: Metrics, files: HourFiles, pool: ReadPool): void {
  metrics.gauge("seamark_store_files", "Files of the store").read(() => files.all.length);
  metrics
    .gauge("seamark_store_corrupt_files", "Files set aside since the start")
    .read(() => files.corrupt.length);
  metrics.gauge("seamark_store_reads", "Reads under way").read(() => pool.busy);
}

async function totalBytes(files: HourFiles, side: SideFiles): Promise<number> {
  let bytes = await side.sizeBytes();
  for (const size of (await files.sizes()).values()) bytes += size;
  return bytes;
}
