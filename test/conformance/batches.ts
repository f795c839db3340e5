import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import type { Batch } from "../../aggregator/store/log-store.ts";
import { type Clock, systemClock } from "../../common/base/clock.ts";
import { formatNanos } from "../../common/base/nanotime.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";

export const second = 1_000_000_000n;
export const minute = 60n * second;
export const hour = 60n * minute;
export const day = 24n * hour;

/** What rows are made of: a number of the origin, a time, a sequence, and any further fields. */
export type RowFields = Partial<Omit<LogRow, "@timestamp" | "origin.id" | "event.sequence">>;

export function originId(n: number): string {
  return n.toString(16).padStart(16, "0");
}

export function originOf(n: number, more: Partial<Origin> = {}): Origin {
  return { "origin.id": originId(n), "host.name": "host-1", ...more };
}

export function rowOf(n: number, timeNs: bigint, sequence: number, more: RowFields = {}): LogRow {
  return {
    "@timestamp": formatNanos(timeNs),
    "origin.id": originId(n),
    "event.sequence": sequence,
    message: `line ${sequence}`,
    ...more,
  };
}

/** A clock that runs, from a time of its own, and can be set. */
export function clockAt(startNs: bigint): Clock & { set(nowNs: bigint): void } {
  let offsetMs = Number(startNs / 1_000_000n) - systemClock.nowMs();
  return {
    nowMs: () => systemClock.nowMs() + offsetMs,
    monotonicMs: systemClock.monotonicMs,
    sleep: systemClock.sleep,
    set: (nowNs) => {
      offsetMs = Number(nowNs / 1_000_000n) - systemClock.nowMs();
    },
  };
}

/** Writes batches as the spool does: a skippable zstd frame with a header, then a frame with the rows. */
export class Batches {
  readonly #folder: string;
  readonly acceptedNs: bigint;
  #sequence = 0;

  constructor(folder: string, acceptedNs: bigint) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.acceptedNs = acceptedNs;
  }

  logs(rows: readonly LogRow[], id?: string): Batch {
    return this.text("logs", rows.map((row) => JSON.stringify(row)).join("\n"), id);
  }

  origins(origins: readonly Origin[]): Batch {
    return this.text("origins", origins.map((origin) => JSON.stringify(origin)).join("\n"));
  }

  /** Lines as they are, well-formed or not. */
  text(kind: Batch["kind"], text: string | Buffer, id?: string): Batch {
    const sequence = ++this.#sequence;
    const path = join(this.#folder, `${sequence}.zst`);
    const body = Buffer.concat([Buffer.from(text), Buffer.from("\n")]);
    writeFileSync(path, Buffer.concat([skippable('{"kind":"test"}'), zstdCompressSync(body)]));
    const rows = body.toString("utf8").trim().split("\n").length;
    return { id: id ?? `c0/e0/${sequence}`, kind, path, rows, acceptedNs: this.acceptedNs };
  }
}

function skippable(content: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(Buffer.byteLength(content), 4);
  return Buffer.concat([head, Buffer.from(content)]);
}
