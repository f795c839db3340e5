import { SeamarkError } from "../../../common/base/errors.ts";
import { nanosToMs } from "../../../common/base/nanotime.ts";
import type { FieldRef } from "../../../common/query/ast.ts";
import { nameOfRef, targetOf } from "../../../common/query/names.ts";
import type { HistogramAnswer, HistogramRequest, ReadOptions } from "../log-store.ts";
import { fieldKey, type GroupKey, statusClassKey, topKey } from "./group-keys.ts";
import { countGroups, Groups } from "./groups.ts";
import { isOfOrigin } from "./origin-conditions.ts";
import type { Scan, Scanner } from "./scanner.ts";

/** Points of one series: more than any screen has pixels. */
const bucketsMax = 20_000;
const seriesMax = 10;
const other = "other";
/** Points that are kept in memory to choose ten series of them. */
const pointsMax = 100_000;
/** Fields with a handful of values in practice; with very many, the rarest points are lost and the answer says so. */
const fewValues = new Set(["log.level", "log.iostream", "http.request.method", "http.response.status_code"]);

export async function histogram(
  scanner: Scanner,
  request: HistogramRequest,
  options: ReadOptions,
): Promise<HistogramAnswer> {
  checkInterval(request);
  const groups = new Groups();
  const { partial } = await scanner.run(request.range, options, async (scan) => {
    const keys = request.by === undefined ? [] : [await keyOf(scanner, scan, request, request.by)];
    await countGroups(scanner, scan, { ...request, keys }, groups);
  });
  const why = partial ?? (groups.cut ? "limit" : undefined);
  return { ...seriesOf(groups), ...(why === undefined ? {} : { partial: why }) };
}

function checkInterval({ intervalMs, range }: HistogramRequest): void {
  if (!Number.isInteger(intervalMs) || intervalMs < 1)
    throw new SeamarkError("bad_request", `interval ${intervalMs}: expected whole milliseconds, at least 1`);
  if (nanosToMs(range.toNs - range.fromNs) / intervalMs <= bucketsMax) return;
  throw new SeamarkError(
    "bad_request",
    `an interval of ${intervalMs} ms makes too many points of this range`,
    {
      hint: `at most ${bucketsMax} points; ask for a longer interval`,
    },
  );
}

async function keyOf(scanner: Scanner, scan: Scan, request: HistogramRequest, by: string): Promise<GroupKey> {
  const { filter, range } = request;
  if (by === "status_class") return statusClassKey;
  const { ref } = targetOf(by);
  checkGroupable(ref);
  if (hasFewValues(scan, ref, request)) return fieldKey(ref);
  const values = new Groups();
  await countGroups(scanner, scan, { filter, range, keys: [fieldKey(ref)], intervalMs: 0 }, values);
  const top = values.largest().flatMap((group) => group.key[0] ?? []);
  return topKey(ref, top.slice(0, seriesMax), top.length > seriesMax ? other : undefined);
}

/**
 * True when every value can have its own points, so that the rows are read once: which ten values are the most
 * frequent is only known at the end.
 */
function hasFewValues(scan: Scan, ref: FieldRef, { range, intervalMs }: HistogramRequest): boolean {
  if (fewValues.has(ref.name)) return true;
  if (!isOfOrigin(ref)) return false;
  const buckets = nanosToMs(range.toNs - range.fromNs) / intervalMs + 2;
  return scan.originsMax() * buckets <= pointsMax;
}

/** Refuses what has no value to group by. */
export function checkGroupable(ref: FieldRef): void {
  if (ref.path !== undefined || (ref.name !== "attrs" && ref.name !== "container.labels")) return;
  throw new SeamarkError("bad_request", `${nameOfRef(ref)} is an object`, {
    hint: `name one of its keys, such as ${ref.name}.order.id`,
  });
}

function seriesOf(groups: Groups): HistogramAnswer {
  const totals = new Map<string, number>();
  let total = 0;
  for (const { key, count } of groups.largest()) {
    const name = key[0] ?? "";
    totals.set(name, (totals.get(name) ?? 0) + count);
    total += count;
  }
  const named = [...totals].filter(([name]) => name !== "" && name !== other);
  const top = new Set(
    named
      .sort(byCount)
      .slice(0, seriesMax)
      .map(([name]) => name),
  );
  const series = new Map<string, Map<number, number>>();
  for (const { key, timeMs, count } of groups.largest()) {
    const name = key[0] ?? "";
    const shown = name === "" || top.has(name) ? name : other;
    const points = series.get(shown) ?? new Map<number, number>();
    points.set(timeMs, (points.get(timeMs) ?? 0) + count);
    series.set(shown, points);
  }
  const order = [...top, ...["", other].filter((name) => series.has(name))];
  return {
    series: order.map((key) => ({ key, points: [...series.get(key)!].sort((a, b) => a[0] - b[0]) })),
    total,
  };
}

/** The largest first; equal ones by name. */
function byCount([a, left]: [string, number], [b, right]: [string, number]): number {
  return right - left || (a < b ? -1 : 1);
}
