import type { SegmentKind } from "../wire/ingest.ts";
import type { GapReason } from "../wire/row.ts";
import type { Json, Positions } from "./spool.ts";

/** What is remembered of a segment that was set aside until its gap rows are durable: the position under its key. */
export interface SetAside {
  readonly sequence: number;
  readonly gap: GapReason;
  readonly reason: string;
  /** Absent when the header could not be read. */
  readonly kind?: SegmentKind;
  /** 0 when the header could not be read. */
  readonly rows: number;
  readonly atMs: number;
  readonly meta: Readonly<Record<string, Json>>;
}

const prefix = "set-aside/";
/** Records that wait for their gap rows; more are added up, so that positions cannot grow without a limit. */
const waitingMax = 1000;

/** The segments whose gap rows are not written yet. */
export function waitingSetAsides(
  positions: ReadonlyMap<string, Json>,
): readonly (readonly [string, SetAside])[] {
  const out: [string, SetAside][] = [];
  for (const [key, value] of positions) {
    if (key.startsWith(prefix)) out.push([key, value as unknown as SetAside]);
  }
  return out;
}

/** The positions that remember one more; the oldest two become one when too many wait. */
export function rememberSetAside(positions: ReadonlyMap<string, Json>, record: SetAside): Positions {
  const added = { [prefix + record.sequence]: record as unknown as Json };
  const waiting = waitingSetAsides(positions);
  const [first, second] = waiting;
  if (waiting.length < waitingMax || !first || !second) return added;
  const sum = { ...second[1], kind: "logs", rows: first[1].rows + second[1].rows, meta: {} };
  return { ...added, [first[0]]: null, [second[0]]: sum as unknown as Json };
}
