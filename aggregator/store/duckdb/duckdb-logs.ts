import type { Filter, Query } from "../../../common/query/ast.ts";
import type {
  AppendResult,
  Batch,
  FieldCoverage,
  HistogramAnswer,
  HistogramRequest,
  JoinedRow,
  LogStore,
  ReadOptions,
  SearchAnswer,
  SearchRequest,
  StatsAnswer,
  TimeRange,
  TopAnswer,
} from "../log-store.ts";
import { count, stats, top } from "./aggregates.ts";
import type { Engine } from "./engine.ts";
import { expectedFailure } from "./engine.ts";
import { fieldCoverage } from "./field-coverage.ts";
import { histogram } from "./histogram.ts";
import type { HourFiles } from "./hour-files.ts";
import type { Loader } from "./loader.ts";
import type { Origins } from "./origins.ts";
import type { ReadPool } from "./read-pool.ts";
import type { Retention } from "./retention.ts";
import { context } from "./row-context.ts";
import type { Scanner } from "./scanner.ts";
import { search } from "./search.ts";
import type { Serial } from "./serial.ts";

export interface DuckdbLogsOptions {
  readonly engine: Engine;
  readonly files: HourFiles;
  readonly loader: Loader;
  readonly pool: ReadPool;
  readonly scanner: Scanner;
  readonly retention: Retention;
  readonly origins: Origins;
  /** Appends and deletions, one after the other. */
  readonly writing: Serial;
}

/** The log rows of the embedded store. */
export class DuckdbLogs implements LogStore {
  readonly #options: DuckdbLogsOptions;
  #closing: Promise<void> | undefined;

  constructor(options: DuckdbLogsOptions) {
    this.#options = options;
  }

  append(batches: readonly Batch[]): Promise<AppendResult> {
    return this.#options.writing.run(() => this.#options.loader.append(batches));
  }

  search(request: SearchRequest, options: ReadOptions): Promise<SearchAnswer> {
    return search(this.#options.scanner, request, options);
  }

  histogram(request: HistogramRequest, options: ReadOptions): Promise<HistogramAnswer> {
    return histogram(this.#options.scanner, request, options);
  }

  count(query: Query, range: TimeRange, options: ReadOptions): ReturnType<LogStore["count"]> {
    return count(this.#options.scanner, query, range, options);
  }

  top(filter: Filter, range: TimeRange, field: string, n: number, options: ReadOptions): Promise<TopAnswer> {
    return top(this.#options.scanner, filter, range, field, n, options);
  }

  stats(filter: Filter, range: TimeRange, field: string, options: ReadOptions): Promise<StatsAnswer> {
    return stats(this.#options.scanner, filter, range, field, options);
  }

  context(
    id: string,
    before: number,
    after: number,
    options: ReadOptions,
  ): Promise<readonly JoinedRow[] | null> {
    return context(this.#options.scanner, id, before, after, options);
  }

  fields(filter: Filter, range: TimeRange, options: ReadOptions): Promise<readonly FieldCoverage[]> {
    return fieldCoverage(this.#options.scanner, filter, range, options);
  }

  async drop(beforeNs: bigint): Promise<void> {
    try {
      await this.#options.retention.drop(beforeNs, this.#options.writing);
    } catch (error) {
      throw expectedFailure(error, "deleting old lines failed");
    }
  }

  keptSinceNs(): bigint | undefined {
    return this.#options.retention.keptSinceNs();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { writing, pool, origins, files, engine } = this.#options;
    await pool.close();
    await writing.run(() => origins.flush());
    await files.close();
    await engine.detach("catalog");
    await engine.detach("folded");
    await engine.close();
  }
}
