import type { TimeRange } from "../log-store.ts";
import { earlier, hourNs, later } from "./hours.ts";

/** An hour that has files, and how many rows they hold. */
export interface HourRows {
  readonly hour: number;
  readonly rows: number;
}

export interface Slice extends TimeRange {
  /** Hours that have rows in it. */
  readonly hours: readonly number[];
}

/**
 * Cuts a range into slices that a read scans one after the other, so that it can stop when it has enough and can
 * say how far it came: the first holds about `firstRows` rows, each further one twice as many up to `rowsMax`.
 * Hours without files are left out; a large hour is cut by time, as if its rows came evenly.
 */
export function* slicesOf(
  range: TimeRange,
  hours: readonly HourRows[],
  order: "asc" | "desc",
  firstRows: number,
  rowsMax: number,
): Generator<Slice> {
  const sorted = [...hours].sort((a, b) => (order === "asc" ? a.hour - b.hour : b.hour - a.hour));
  let budget = firstRows;
  let room = budget;
  let open: { fromNs: bigint; toNs: bigint; hours: number[] } | undefined;
  for (const { hour, rows } of sorted) {
    const whole = clip(range, BigInt(hour) * hourNs, BigInt(hour + 1) * hourNs);
    let rest = whole;
    while (rest.fromNs < rest.toNs) {
      const perNs = rows / Number(hourNs);
      const fits = perNs === 0 ? rest.toNs - rest.fromNs : BigInt(Math.ceil(Math.max(room, 1) / perNs));
      const piece = takeFrom(rest, fits, order);
      open = join(open, piece, hour);
      room -= Number(piece.toNs - piece.fromNs) * perNs;
      rest =
        order === "asc"
          ? { fromNs: piece.toNs, toNs: rest.toNs }
          : { fromNs: rest.fromNs, toNs: piece.fromNs };
      if (room >= 1) continue;
      yield open;
      open = undefined;
      budget = Math.min(budget * 2, rowsMax);
      room = budget;
    }
  }
  if (open) yield open;
}

function clip(range: TimeRange, fromNs: bigint, toNs: bigint): TimeRange {
  return {
    fromNs: later(fromNs, range.fromNs),
    toNs: earlier(toNs, range.toNs),
  };
}

function takeFrom(range: TimeRange, widthNs: bigint, order: "asc" | "desc"): TimeRange {
  if (widthNs >= range.toNs - range.fromNs) return range;
  return order === "asc"
    ? { fromNs: range.fromNs, toNs: range.fromNs + widthNs }
    : { fromNs: range.toNs - widthNs, toNs: range.toNs };
}

function join(
  open: { fromNs: bigint; toNs: bigint; hours: number[] } | undefined,
  piece: TimeRange,
  hour: number,
): { fromNs: bigint; toNs: bigint; hours: number[] } {
  if (!open) return { ...piece, hours: [hour] };
  return {
    fromNs: earlier(piece.fromNs, open.fromNs),
    toNs: later(piece.toNs, open.toNs),
    hours: open.hours.includes(hour) ? open.hours : [...open.hours, hour],
  };
}
