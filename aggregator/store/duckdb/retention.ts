import type { Clock } from "../../../common/base/clock.ts";
import type { Logger } from "../../../common/base/log.ts";
import type { Counter, Metrics } from "../../../common/base/metrics.ts";
import { formatNanos, msToNanos } from "../../../common/base/nanotime.ts";
import type { Engine } from "./engine.ts";
import { expectedFailure } from "./engine.ts";
import type { HourFiles, Part } from "./hour-files.ts";
import { hourNs, later } from "./hours.ts";
import type { Loader } from "./loader.ts";
import type { Origins } from "./origins.ts";
import type { Serial } from "./serial.ts";
import type { SideFiles } from "./side-files.ts";
import { quoteText } from "./sql-text.ts";

/** How long the figures per app are kept: a year, and the same weeks of the year before. */
const countersKeptDays = 400;
/**
 * How long an origin is kept after its last row. Collectors announce it once, so a container that is silent for
 * longer would lose its name.
 */
const originsKeptDays = 90;

export interface RetentionOptions {
  readonly engine: Engine;
  readonly files: HourFiles;
  readonly origins: Origins;
  readonly side: SideFiles;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** Deletes whole files, the oldest first, and keeps the figures of what it deletes. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #deleted: Counter;
  #floorNs: bigint;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#floorNs = options.side.floorNs;
    this.#deleted = options.metrics.counter(
      "seamark_store_files_deleted_total",
      "Files that retention deleted",
    );
  }

  /** Rows before this are not taken: their file is deleted or would be at once. */
  oldestNs(): bigint {
    const byAge = msToNanos(this.#options.clock.nowMs() - this.#options.retentionMs);
    return later(byAge, this.#floorNs);
  }

  keptSinceNs(): bigint | undefined {
    const first = this.#options.files.all[0];
    if (first?.firstNs === undefined) return undefined;
    return later(first.firstNs, this.#floorNs);
  }

  /** Deletes the files whose figures were kept before the last stop, but which were not deleted any more. */
  async finishDeletions(): Promise<void> {
    const { engine, files } = this.#options;
    const rows = await engine.admin("SELECT uid FROM folded.folded");
    const folded = new Set(rows.map(([uid]) => String(uid)));
    for (const part of [...files.all]) if (folded.has(part.uid)) await files.remove(part);
    await engine.admin("DELETE FROM folded.folded");
  }

  async enforce(writing: Serial, loader: Loader): Promise<void> {
    const { clock, origins, retentionMs } = this.#options;
    try {
      const oldestNs = msToNanos(clock.nowMs() - retentionMs);
      await this.drop(oldestNs, writing);
      await this.#dropBeyondSize(writing);
      for (const part of this.#quietParts()) await writing.run(() => loader.compact(part));
      await origins.flush();
      await origins.forget(msToNanos(clock.nowMs() - originsKeptDays * 86_400_000));
    } catch (error) {
      throw expectedFailure(error, "deleting what is too old failed");
    }
  }

  /** Deletes the files whose rows are all before this time. */
  async drop(beforeNs: bigint, writing: Serial): Promise<void> {
    for (const part of [...this.#options.files.all])
      if (BigInt(part.hour + 1) * hourNs <= beforeNs) await this.#delete(part, "age", writing);
    if (beforeNs > this.#floorNs) await this.#raiseFloor(this.#wholeHours(beforeNs));
  }

  async #dropBeyondSize(writing: Serial): Promise<void> {
    const { files, side, retentionBytes } = this.#options;
    const sizes = await files.sizes();
    let bytes = await side.sizeBytes();
    for (const size of sizes.values()) bytes += size;
    for (const part of [...files.all].slice(0, -1)) {
      if (bytes <= retentionBytes) return;
      await this.#delete(part, "size", writing);
      bytes -= sizes.get(part) ?? 0;
    }
  }

  /** Files with counters to add up that nothing was written to since the hour after theirs began. */
  #quietParts(): Part[] {
    const hourNow = Math.floor(this.#options.clock.nowMs() / 3_600_000);
    return this.#options.files.all.filter((part) => part.counterRowsLoose > 0 && part.hour < hourNow - 1);
  }

  async #delete(part: Part, why: "age" | "size", writing: Serial): Promise<void> {
    const { files, engine, log } = this.#options;
    const { parts, release } = await files.lease([part]);
    try {
      if (parts.length > 0) await writing.run(() => this.#fold(part));
    } finally {
      release();
    }
    await files.remove(part);
    await engine.admin(`DELETE FROM folded.folded WHERE uid = ${quoteText(part.uid)}`);
    this.#deleted.add(1, { why });
    log.info("deleted the lines of an hour", { hour: formatNanos(BigInt(part.hour) * hourNs), why });
  }

  /** Keeps the figures of a file, once, and what says which batches are in the store. */
  async #fold(part: Part): Promise<void> {
    const { engine, files, clock } = this.#options;
    const next = files.all.find((other) => other.hour === part.hour && other.index > part.index);
    if (next) {
      const { parts, release } = await files.lease([next]);
      try {
        if (parts.length > 0)
          await engine.transaction(`INSERT INTO ${next.alias}.loaded SELECT batch FROM ${part.alias}.loaded`);
      } finally {
        release();
      }
    }
    const uid = quoteText(part.uid);
    const [known] = await engine.admin(`SELECT count(*) FROM folded.folded WHERE uid = ${uid}`);
    if (known![0] !== 0n) return;
    const floorNs = next ? this.#floorNs : BigInt(part.hour + 1) * hourNs;
    const keptFrom = Math.floor(clock.nowMs() / 60_000) - countersKeptDays * 24 * 60;
    await engine.transaction(
      `INSERT INTO folded.counters
         SELECT minute, app, version, edge, status, level, sum(lines)::BIGINT, sum(requests)::BIGINT, ${uid}
         FROM ${part.alias}.counters GROUP BY ALL ORDER BY ALL;
       INSERT INTO folded.latency
         SELECT minute // 60 * 60, app, version, edge, bucket, sum(count)::BIGINT, ${uid}
         FROM ${part.alias}.latency GROUP BY ALL ORDER BY ALL;
       INSERT INTO folded.folded VALUES (${uid});
       DELETE FROM folded.counters WHERE minute < ${keptFrom};
       DELETE FROM folded.latency WHERE minute < ${keptFrom};
       UPDATE folded.floor SET before_ns = greatest(before_ns, ${floorNs});`,
    );
    if (floorNs > this.#floorNs) this.#floorNs = floorNs;
  }

  async #raiseFloor(floorNs: bigint): Promise<void> {
    if (floorNs <= this.#floorNs) return;
    await this.#options.engine.transaction(
      `UPDATE folded.floor SET before_ns = greatest(before_ns, ${floorNs})`,
    );
    this.#floorNs = floorNs;
  }

  #wholeHours(timeNs: bigint): bigint {
    return (timeNs / hourNs) * hourNs;
  }
}
