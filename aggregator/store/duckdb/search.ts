import { SeamarkError } from "../../../common/base/errors.ts";
import type { Filter } from "../../../common/query/ast.ts";
import {
  type JoinedRow,
  parseRowId,
  type ReadOptions,
  type RowId,
  type SearchAnswer,
  type SearchRequest,
  type TimeRange,
} from "../log-store.ts";
import type { SqlRow } from "./engine.ts";
import { earlier, later } from "./hours.ts";
import { joinedRow, originsOf, rowSelect } from "./joined-rows.ts";
import type { Scan, Scanner, ScanOptions, SliceRows } from "./scanner.ts";

/** The newest rows are asked for most: the first slice is read in some milliseconds. */
const searchScan = { firstRows: 500_000, rowsMax: 16_000_000 };
const limitMax = 10_000;

/** A row's place in the order, and where it stands. */
interface Found {
  readonly part: number;
  readonly row: bigint;
}

export async function search(
  scanner: Scanner,
  request: SearchRequest,
  options: ReadOptions,
): Promise<SearchAnswer> {
  const { limit, order, filter } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
    throw new SeamarkError("bad_request", `limit ${limit}: expected 1 to ${limitMax}`);
  const after = request.cursor === undefined ? undefined : cursorOf(request.cursor);
  const range = afterCursor(request.range, order, after);
  const rows: JoinedRow[] = [];
  let more = false;
  let reachedNs = order === "desc" ? range.toNs : range.fromNs;
  const { partial } = await scanner.run(range, options, async (scan) => {
    await findRows(scanner, scan, { filter, range, order, after }, async (slice, find) => {
      const found = await find(limit + 1 - rows.length);
      more = rows.length + found.length > limit;
      rows.push(...found.slice(0, limit - rows.length));
      reachedNs = order === "desc" ? slice.slice.fromNs : slice.slice.toNs;
      return more;
    });
  });
  if (more) return { rows, cursor: rows.at(-1)!.id };
  if (partial === undefined) return { rows };
  return { rows, cursor: edgeCursor(reachedNs, order), partial };
}

export interface FindRequest {
  readonly filter: Filter;
  readonly range: TimeRange;
  readonly order: "asc" | "desc";
  readonly after: RowId | undefined;
}

/** Steps through slices; `find` gives the next rows of the slice in order. */
export async function findRows(
  scanner: Scanner,
  scan: Scan,
  request: FindRequest,
  step: (slice: SliceRows, find: (count: number) => Promise<JoinedRow[]>) => Promise<boolean>,
): Promise<void> {
  const filter = await scan.compile(request.filter);
  const options: ScanOptions = { ...searchScan, order: request.order };
  await scan.each(filter, request.range, options, (slice) =>
    step(slice, async (count) => {
      const places = await findPlaces(slice, request, count);
      return readPlaces(scanner, scan, slice, places);
    }),
  );
}

/** First which rows, from the few columns that decide it; a wide row is only read when it is shown. */
async function findPlaces(slice: SliceRows, request: FindRequest, count: number): Promise<Found[]> {
  const direction = request.order === "desc" ? "DESC" : "ASC";
  const rows = await slice.rows((used) => {
    const time = used.of("@timestamp");
    const origin = used.of("origin.id");
    const sequence = used.of("event.sequence");
    return {
      select: "l.part, l.row",
      and: request.after && beyond(request.after, request.order, time, origin, sequence),
      tail: `ORDER BY ${[time, origin, sequence].map((key) => `${key} ${direction}`).join(",")} LIMIT ${count}`,
    };
  });
  return rows.map(([part, row]) => ({ part: Number(part), row: row as bigint }));
}

async function readPlaces(
  scanner: Scanner,
  scan: Scan,
  slice: SliceRows,
  places: readonly Found[],
): Promise<JoinedRow[]> {
  const values = new Map<string, SqlRow>();
  for (const at of new Set(places.map((place) => place.part))) {
    const wanted = places.filter((place) => place.part === at).map((place) => place.row);
    const rows = await scan.read.rows(
      `SELECT ${rowSelect}, rowid FROM ${slice.parts[at]!.alias}.logs
       WHERE rowid IN (SELECT unnest([${wanted.join(",")}]::BIGINT[]))`,
    );
    for (const row of rows) values.set(`${at}/${String(row.at(-1))}`, row);
  }
  const originOf = await originsOf(
    [...values.values()].map((row) => String(row[0])),
    scanner.origins,
    scan.read,
  );
  return places.map(({ part, row }) => {
    const found = values.get(`${part}/${row}`)!;
    return joinedRow(found, originOf(String(found[0])));
  });
}

/** Strictly after a row in the order of (`@timestamp`, `origin.id`, `event.sequence`). */
function beyond(id: RowId, order: "asc" | "desc", time: string, origin: string, sequence: string): string {
  const sign = order === "desc" ? "<" : ">";
  return (
    `${time} ${sign} ${id.timeNs} OR (${time} = ${id.timeNs} AND (${origin} ${sign} '${id.originId}' ` +
    `OR (${origin} = '${id.originId}' AND ${sequence} ${sign} ${id.sequence})))`
  );
}

function cursorOf(text: string): RowId {
  const id = parseRowId(text);
  if (id) return id;
  throw new SeamarkError(
    "bad_request",
    `cursor ${JSON.stringify(text.slice(0, 80))} is not the id of a row`,
    {
      hint: "take the cursor of the page before as it is",
    },
  );
}

function afterCursor(range: TimeRange, order: "asc" | "desc", after: RowId | undefined): TimeRange {
  if (!after) return range;
  return order === "desc"
    ? { fromNs: range.fromNs, toNs: earlier(range.toNs, after.timeNs + 1n) }
    : { fromNs: later(range.fromNs, after.timeNs), toNs: range.toNs };
}

/** The cursor that goes on at a time, for a read that ended between two rows. */
function edgeCursor(reachedNs: bigint, order: "asc" | "desc"): string {
  return order === "desc"
    ? `${reachedNs}-0000000000000000-0`
    : `${reachedNs - 1n}-ffffffffffffffff-${Number.MAX_SAFE_INTEGER}`;
}
