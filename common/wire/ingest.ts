// Nothing of a schema library: the collector loads this file, and the library would cost it 25 MiB of memory.
export type { CollectorStatus } from "./collector-status.ts";

/** What a segment holds; also the last part of the ingest route. `metrics` comes with the sampler. */
export const segmentKinds = ["origins", "logs", "events"] as const;
export type SegmentKind = (typeof segmentKinds)[number];

/** Headers of `POST /api/v1/ingest/{kind}`; the body is NDJSON, `content-encoding: zstd` or `gzip`. */
export const ingestHeaders = {
  /** Stable id of the collector, 16 hex digits, made once with its state folder. */
  collector: "seamark-collector",
  /** Made with the spool folder, never per start: a wiped spool starts a new epoch. */
  epoch: "seamark-epoch",
  /** Integer ≥ 1, rises by one per segment within an epoch, across all kinds. */
  sequence: "seamark-sequence",
  /** RFC 3339: everything read up to this time is in this or an earlier segment. */
  watermark: "seamark-watermark",
  /**
   * In the answer: the epoch of the aggregator's spool. A collector that sees another one than before sends all its
   * origins again, before the rows that name them, as a post of kind `origins` without a sequence: such a post is
   * always stored, which is harmless, because the last announcement of an origin is the one that counts.
   */
  aggregator: "seamark-aggregator",
  /** A `CollectorStatus` as JSON, percent-encoded; at most 4 KiB. */
  status: "seamark-collector-status",
} as const;

/**
 * A body is at most this many bytes as sent and decompressed. A segment of the collector is cut at 1 MiB of NDJSON
 * or at one row, and one row is at most a 1 MiB line whose JSON escapes can take six bytes each, twice
 * (`message` and `event.original`).
 */
export const ingestLimits = {
  compressedBytesMax: 16 * 1024 * 1024,
  bytesMax: 64 * 1024 * 1024,
} as const;
