import type { Json } from "../../common/spool/spool.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";

/**
 * Where the readers put what they have read: one per collector. It builds segments (cut at 1 MiB of NDJSON or
 * 200 ms), appends them to the spool, and tells readers to wait when the spool or the builder is full.
 */
export interface Pipeline {
  /** Announces an origin; it is sent before the first row that names it, and once per epoch. */
  origin(origin: Origin): void;
  /**
   * Takes one row and the position that remembers it. The position's maker is called when the segment is closed, so
   * that a busy reader does not build one per line; rows and positions of a segment are durable together.
   */
  row(row: LogRow, positionKey: string, position: () => Json): void;
  /** Moves a position without a row, for example when replayed lines were skipped or a container is gone (null). */
  position(positionKey: string, position: () => Json): void;
  /** The stored position of a key, as it was when the spool was opened or as it was last taken. */
  storedPosition(positionKey: string): Json | undefined;
  /** True while readers must not read more: the builder holds 8 MiB or the spool is full. */
  readonly paused: boolean;
  /** Resolves when `paused` is false again. */
  whenReady(): Promise<void>;
  /** Resolves when everything taken so far is durable in the spool. */
  flush(): Promise<void>;
}
