import type { SegmentKind } from "../wire/ingest.ts";
import type { GapReason } from "../wire/row.ts";

/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Position by key; where positions are given to be taken, null deletes the key. */
export type Positions = Readonly<Record<string, Json>>;

/**
 * A bounded queue of segments on disk that survives `kill -9` and power loss; the collector and the aggregator use
 * the same one. A segment carries the positions that it advances, so taking lines and remembering that they were
 * taken is one atomic write (write, fsync, rename, fsync of the folder). Before a segment is removed its positions
 * are folded into `positions.json` the same way.
 *
 * ```
 * <folder>/epoch                    16 hex digits, made with the folder
 * <folder>/lock                     a socket that the owning process listens on
 * <folder>/reserve                  1 MiB that is given up when the full disk would keep segments from being removed
 * <folder>/positions.json           {"sequence": last removed, "positions": {key: value}, "aside": […]}
 * <folder>/<sequence, 16 digits>.zst  skippable zstd frame (header as JSON) + zstd frame (NDJSON)
 * <folder>/corrupt/                 segments that failed their check, set aside
 * ```
 * A segment file is a valid zstd stream: `zstdcat` and DuckDB read it as it is.
 */
export interface Spool {
  readonly epoch: string;
  /** The folded positions with those of every segment on top: what was taken, durably. */
  readonly positions: ReadonlyMap<string, Json>;
  /** Bytes on disk of all segments, headers included. */
  readonly sizeBytes: number;
  readonly segments: number;
  /** The greatest sequence that was ever given, here or before; 0 when none was. */
  readonly lastSequence: number;
  /** Creation time of the oldest segment that is still there, milliseconds. */
  readonly oldestMs: number | undefined;
  /** Segments that were set aside as corrupt when the spool was opened. */
  readonly corrupt: readonly CorruptSegment[];

  /**
   * Durable when it resolves, with the sequence that the segment got. Calls that come while another is being
   * written share one fsync of the folder. Rejects with SeamarkError `full` when the spool is over its limit or the
   * disk has no room; nothing is taken then.
   */
  append(segment: NewSegment): Promise<number>;
  /** The first segment whose sequence is greater; undefined when there is none. Reads headers only. */
  next(afterSequence: number): Segment | undefined;
  /** The compressed body, checked against its checksum. Rejects with `corrupt`. */
  readBody(segment: Segment): Promise<Buffer>;
  /**
   * Folds the positions of all segments up to this one, and those given here on top, in one atomic write, then
   * deletes the files.
   */
  removeThrough(sequence: number, positions?: Positions): Promise<void>;
  /**
   * Moves a segment to `corrupt/`; its positions are folded, so the lines count as taken, and with them a position
   * `set-aside/<sequence>` (see `set-aside.ts`) from which the owner makes the gap rows, once. `gap` is their reason.
   */
  setAside(segment: Segment, reason: string, gap?: GapReason): Promise<void>;
  /** Resolves when a segment after this sequence is there, or the signal aborts. */
  waitForNext(afterSequence: number, signal: AbortSignal): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}

export interface NewSegment {
  readonly kind: SegmentKind;
  /** One zstd frame of NDJSON. */
  readonly body: Buffer;
  readonly rows: number;
  /** Position per key; null deletes the key. */
  readonly positions: Positions;
  /** What the owner wants to find again with the segment: at most 4 KiB as JSON. */
  readonly meta?: Readonly<Record<string, Json>>;
}

export interface Segment {
  readonly sequence: number;
  readonly kind: SegmentKind;
  readonly rows: number;
  readonly bodyBytes: number;
  readonly createdMs: number;
  readonly meta: Readonly<Record<string, Json>>;
  /** The file, a valid zstd stream. */
  readonly path: string;
}

export interface CorruptSegment {
  readonly sequence: number;
  readonly path: string;
  readonly reason: string;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Default 1 GiB: some minutes of a very busy host, hours of a usual one. */
  readonly sizeBytesMax: number;
  readonly nowMs: () => number;
}
