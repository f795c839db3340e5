import { RowSummary } from "../../common/spool/row-summary.ts";
import type { Json } from "../../common/spool/spool.ts";
import type { SegmentKind } from "../../common/wire/ingest.ts";
import type { LogRow } from "../../common/wire/row.ts";

/** A segment that is cut and waits to be compressed and appended. */
export interface CutSegment {
  readonly kind: SegmentKind;
  readonly ndjson: Buffer;
  readonly rows: number;
  readonly positions: Readonly<Record<string, Json>>;
  readonly meta: Readonly<Record<string, Json>>;
  /** Settled when it is durable, or given up because the pipeline was closed. */
  readonly durable: PromiseWithResolvers<void>;
}

/** The segment that takes rows now. */
export class OpenSegment {
  #lines: string[] = [];
  #bytes = 0;
  #summary = new RowSummary();
  readonly #positions = new Map<string, () => Json>();

  get rows(): number {
    return this.#lines.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#positions.size === 0;
  }

  /** False when the row's attributes had to be left out. */
  add(row: LogRow): boolean {
    let isWhole = true;
    let line: string;
    try {
      line = `${JSON.stringify(row)}\n`;
    } catch (error) {
      // What nests too deep to be printed must not end the collector: it would meet the line again and again.
      if (!(error instanceof RangeError)) throw error;
      const { attrs: _, ...rest } = row;
      line = `${JSON.stringify(rest)}\n`;
      isWhole = false;
    }
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line);
    this.#summary.add(row["origin.id"], row["@timestamp"]);
    return isWhole;
  }

  move(key: string, position: () => Json): void {
    this.#positions.set(key, position);
  }

  positionOf(key: string): (() => Json) | undefined {
    return this.#positions.get(key);
  }

  /** Closes it: the positions are asked for now. `watermark` is that of the moment. */
  cut(watermark: string): CutSegment {
    const positions: Record<string, Json> = {};
    for (const [key, position] of this.#positions) positions[key] = position();
    return {
      kind: "logs",
      ndjson: Buffer.from(this.#lines.join("")),
      rows: this.#lines.length,
      positions,
      meta: { watermark, ...this.#summary.toMeta() },
      durable: Promise.withResolvers(),
    };
  }
}
