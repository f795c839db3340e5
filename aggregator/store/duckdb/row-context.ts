import { SeamarkError } from "../../../common/base/errors.ts";
import type { Filter } from "../../../common/query/ast.ts";
import { type JoinedRow, parseRowId, type ReadOptions, type RowId, type TimeRange } from "../log-store.ts";
import type { Scan, Scanner } from "./scanner.ts";
import { findRows } from "./search.ts";

const aroundMax = 1000;
/** All times that a file can have. */
const always: TimeRange = { fromNs: -(2n ** 63n), toNs: 2n ** 63n - 1n };

/** The lines around one row of its origin, ascending; null when the row is not there. */
export async function context(
  scanner: Scanner,
  id: string,
  before: number,
  after: number,
  options: ReadOptions,
): Promise<readonly JoinedRow[] | null> {
  for (const n of [before, after])
    if (!Number.isInteger(n) || n < 0 || n > aroundMax)
      throw new SeamarkError("bad_request", `${n} lines around a line: expected 0 to ${aroundMax}`);
  const row = parseRowId(id);
  if (!row) return null;
  const earlier: JoinedRow[] = [];
  const later: JoinedRow[] = [];
  let own: JoinedRow | undefined;
  const { partial } = await scanner.run(always, options, async (scan) => {
    own = await ownRow(scanner, scan, row);
    if (!own) return;
    await take(scanner, scan, row, "desc", before, earlier);
    await take(scanner, scan, row, "asc", after, later);
  });
  if (own === undefined && partial !== undefined)
    throw new SeamarkError("timeout", `the row ${id} was not found in ${options.deadlineMs} ms`, {
      hint: "try again",
    });
  return own === undefined ? null : [...earlier.reverse(), own, ...later];
}

async function ownRow(scanner: Scanner, scan: Scan, row: RowId): Promise<JoinedRow | undefined> {
  const sequence = { value: row.sequence, inclusive: true };
  const filter: Filter = {
    kind: "and",
    of: [ofOrigin(row), { kind: "range", field: { name: "event.sequence" }, min: sequence, max: sequence }],
  };
  const range = { fromNs: row.timeNs, toNs: row.timeNs + 1n };
  let found: JoinedRow | undefined;
  const request = { filter, range, order: "asc", after: undefined } as const;
  await findRows(scanner, scan, request, async (_, find) => {
    [found] = await find(1);
    return found !== undefined;
  });
  return found;
}

async function take(
  scanner: Scanner,
  scan: Scan,
  row: RowId,
  order: "asc" | "desc",
  wanted: number,
  into: JoinedRow[],
): Promise<void> {
  if (wanted === 0) return;
  const range: TimeRange =
    order === "desc"
      ? { fromNs: always.fromNs, toNs: row.timeNs + 1n }
      : { fromNs: row.timeNs, toNs: always.toNs };
  const request = { filter: ofOrigin(row), range, order, after: row };
  await findRows(scanner, scan, request, async (_, find) => {
    into.push(...(await find(wanted - into.length)));
    return into.length >= wanted;
  });
}

function ofOrigin(row: RowId): Filter {
  // Files that have no row of the origin are left out by what they know of their origins.
  return { kind: "equals", field: { name: "origin.id" }, value: row.originId };
}
