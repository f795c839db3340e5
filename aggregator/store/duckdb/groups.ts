import type { Filter } from "../../../common/query/ast.ts";
import type { Origin, TimeRange } from "../log-store.ts";
import { CounterRows, counterFields } from "./counter-rows.ts";
import { isLine } from "./counter-sql.ts";
import type { SqlRow } from "./engine.ts";
import type { GroupKey } from "./group-keys.ts";
import { minuteNs } from "./hours.ts";
import { originsOf } from "./joined-rows.ts";
import { fieldsOf } from "./origin-conditions.ts";
import { aggregateScan, type Scan, type Scanner } from "./scanner.ts";

/** Groups that one slice gives at most, the largest; more would fill the memory of Node. */
const groupsOfSliceMax = 20_000;
/** Groups that are kept in memory, the largest. */
const groupsMax = 100_000;

export interface GroupRequest {
  readonly filter: Filter;
  readonly range: TimeRange;
  readonly keys: readonly GroupKey[];
  /** Buckets of time; 0 for none. */
  readonly intervalMs: number;
}

export interface Group {
  readonly key: readonly (string | null)[];
  readonly timeMs: number;
  count: number;
}

/** Counts per group; may be asked for at any time. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  /** True when groups were left out because there were too many. */
  cut = false;
  /** Lines of groups that were left out, as far as they are known. */
  left = 0;

  add(key: readonly (string | null)[], timeMs: number, count: number): void {
    const name = JSON.stringify([timeMs, ...key]);
    const group = this.#groups.get(name);
    if (group) group.count += count;
    else this.#groups.set(name, { key, timeMs, count });
    if (this.#groups.size > groupsMax * 2) this.#shrink();
  }

  /** The largest first; equal ones by key. */
  largest(): Group[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count || compareKeys(a.key, b.key));
  }

  #shrink(): void {
    this.cut = true;
    const all = this.largest();
    const kept = all.slice(0, groupsMax);
    for (const { count } of all.slice(groupsMax)) this.left += count;
    this.#groups.clear();
    for (const group of kept) this.#groups.set(JSON.stringify([group.timeMs, ...group.key]), group);
  }
}

/**
 * Counts the matching lines per group into `groups`. Whole minutes come from the counters when they know
 * everything that is asked for; the rest, and the broken minutes at both ends of the range, from the rows.
 */
export async function countGroups(
  scanner: Scanner,
  scan: Scan,
  request: GroupRequest,
  groups: Groups,
): Promise<void> {
  const whole = wholeMinutes(request.range);
  if (!countersKnow(request) || whole === undefined) return countRows(scanner, scan, request, groups);
  for (const row of await new CounterRows(scan).counts(whole, request))
    groups.add(
      row.slice(1, -1) as (string | null)[],
      Number(row[0]) * request.intervalMs,
      Number(row.at(-1)),
    );
  for (const range of [
    { fromNs: whole.toNs, toNs: request.range.toNs },
    { fromNs: request.range.fromNs, toNs: whole.fromNs },
  ])
    if (range.fromNs < range.toNs) await countRows(scanner, scan, { ...request, range }, groups);
}

async function countRows(scanner: Scanner, scan: Scan, request: GroupRequest, groups: Groups): Promise<void> {
  const filter = await scan.compile(request.filter);
  const intervalNs = BigInt(request.intervalMs) * 1_000_000n;
  await scan.each(filter, request.range, aggregateScan, async (slice) => {
    const rows = await slice.rows((used) => {
      const column = (name: string) => used.of(name);
      const time = intervalNs === 0n ? "0" : `${column("@timestamp")} // ${intervalNs}`;
      const keys = request.keys.map((key) => key.sql(column));
      const conditions = countsAllRows(request.filter) ? [] : [isLineOf(column)];
      return {
        select: [time, ...keys, "count(*)"].join(","),
        and: conditions.length === 0 ? undefined : conditions.join(" AND "),
        tail: `GROUP BY ALL${intervalNs === 0n ? ` ORDER BY count(*) DESC LIMIT ${groupsOfSliceMax}` : ""}`,
      };
    });
    if (rows.length === groupsOfSliceMax && request.intervalMs === 0) groups.cut = true;
    await addRows(scanner, scan, request, groups, rows);
    return false;
  });
}

/** Rows of (bucket, key …, count). */
async function addRows(
  scanner: Scanner,
  scan: Scan,
  request: GroupRequest,
  groups: Groups,
  rows: readonly SqlRow[],
): Promise<void> {
  const originOf = await originsOfKeys(scanner, scan, request.keys, rows);
  for (const row of rows) {
    const key = request.keys.map((part, at) => part.show(row[at + 1] as string | null, originOf));
    groups.add(key, Number(row[0]) * request.intervalMs, Number(row.at(-1)));
  }
}

async function originsOfKeys(
  scanner: Scanner,
  scan: Scan,
  keys: readonly GroupKey[],
  rows: readonly SqlRow[],
): Promise<(id: string) => Origin | undefined> {
  const at = keys.findIndex((key) => key.byOrigin);
  const ids = at < 0 ? [] : rows.map((row) => String(row[at + 1]));
  return originsOf(ids, scanner.origins, scan.read);
}

/**
 * Counts are of lines: continuation lines of a stack trace, gaps and events are left out, or one exception of 60
 * lines would count as 60 errors. A filter that looks into the text or names one of these fields has chosen its
 * rows, and all of them count.
 */
export function countsAllRows(filter: Filter): boolean {
  switch (filter.kind) {
    case "all":
      return false;
    case "and":
    case "or":
      return filter.of.some(countsAllRows);
    case "not":
      return countsAllRows(filter.of);
    case "text":
    case "words":
      return true;
    default:
      return fieldsOf(filter).some((field) => chosen.has(field.name));
  }
}

const chosen = new Set([
  "message",
  "event.group",
  "event.kind",
  "event.action",
  "event.reason",
  "event.start",
  "event.end",
  "event.count",
]);

function isLineOf(column: (name: string) => string): string {
  column("event.group");
  column("event.kind");
  return isLine.replaceAll('"event.', 'l."event.');
}

function countersKnow(request: GroupRequest): boolean {
  if (countsAllRows(request.filter)) return false;
  if (request.intervalMs % 60_000 !== 0) return false;
  const asked = [
    ...fieldsOf(request.filter).map((field) => (field.path === undefined ? field.name : "")),
    ...request.keys.map((key) => key.counterField),
  ];
  return asked.every((name) => counterFields.has(name));
}

/** The whole minutes within a range; undefined when there is none. */
export function wholeMinutes(range: TimeRange): TimeRange | undefined {
  const fromNs = ((range.fromNs + minuteNs - 1n) / minuteNs) * minuteNs;
  const toNs = (range.toNs / minuteNs) * minuteNs;
  return fromNs < toNs ? { fromNs, toNs } : undefined;
}

function compareKeys(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? "";
    if ((left ?? "") !== right) return (left ?? "") < right ? -1 : 1;
  }
  return 0;
}
