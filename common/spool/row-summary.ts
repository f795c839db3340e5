import { parseNanos } from "../base/nanotime.ts";
import type { GapReason, LogRow } from "../wire/row.ts";
import type { SetAside } from "./set-aside.ts";
import type { Json } from "./spool.ts";

/** Origins that a segment's meta tells apart, about 90 bytes each of its 4 KiB; the rows of the others are added up. */
const originsMax = 24;

type OriginRows = readonly [origin: string, rows: number, first: string, last: string];

/** Which rows a segment holds, so that a gap can say what is lost when nobody can read them any more. */
export class RowSummary {
  readonly #origins = new Map<string, { rows: number; first: string; last: string }>();
  #otherRows = 0;

  /** `time` is the row's `@timestamp`. */
  add(origin: string, time: string): void {
    const known = this.#origins.get(origin);
    if (known) {
      known.rows += 1;
      if (isBefore(time, known.first)) known.first = time;
      if (isBefore(known.last, time)) known.last = time;
    } else if (this.#origins.size < originsMax)
      this.#origins.set(origin, { rows: 1, first: time, last: time });
    else this.#otherRows += 1;
  }

  /** For the segment's meta. */
  toMeta(): Readonly<Record<string, Json>> {
    const origins: Json[] = [];
    let otherRows = this.#otherRows;
    for (const [id, { rows, first, last }] of this.#origins) {
      // A time that is none (a 13th month) must not become a gap's time: the gap would be refused for it too.
      if (parseNanos(first) !== undefined && parseNanos(last) !== undefined)
        origins.push([id, rows, first, last]);
      else otherRows += rows;
    }
    return { origins, ...(otherRows > 0 ? { otherRows } : {}) };
  }
}

/**
 * The gap rows that stand for a segment: one per origin that is known, and one of `fallbackOrigin` for the rest.
 * `event.sequence` is made of the time, which is beyond what the origin's own lines have reached, so a gap never has
 * the id of a line.
 */
export function gapRowsOf(lost: SetAside, fallbackOrigin: string): LogRow[] {
  const at = new Date(lost.atMs).toISOString();
  const known = (lost.meta["origins"] ?? []) as unknown as readonly OriginRows[];
  const others = lost.rows - known.reduce((sum, [, rows]) => sum + rows, 0);
  const all: OriginRows[] = [...known];
  if (others > 0 || known.length === 0) all.push([fallbackOrigin, Math.max(0, others), at, at]);
  const sequence = lost.atMs * 1000 + (lost.sequence % 1000);
  return all.map(([origin, rows, first, last]) => {
    const isKnown = first !== at;
    return {
      "@timestamp": first,
      "origin.id": origin,
      "event.sequence": sequence,
      "event.kind": "gap",
      "event.reason": lost.gap,
      ...(isKnown ? { "event.start": first, "event.end": last } : {}),
      ...(rows > 0 ? { "event.count": rows } : {}),
      message: `${rows > 0 ? `${rows} lines` : "Lines"} are missing here: ${meanings[lost.gap]} (${lost.reason})`,
    };
  });
}

const meanings: Record<GapReason, string> = {
  rotated_away: "Docker had rotated them away before they were read",
  removed_before_read: "the container was removed before they were read",
  corrupt_segment: "the file that held them is damaged",
  unreadable_driver: "the container's log driver cannot be read",
  refused_by_store: "they were refused",
  dropped_by_limit: "a limit was reached",
};

/** Without its `Z` a time with fewer digits of fraction sorts before those that it begins. */
function isBefore(a: string, b: string): boolean {
  return a.slice(0, -1) < b.slice(0, -1);
}
