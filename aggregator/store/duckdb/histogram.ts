import { SeamarkError } from "../../../common/base/errors.ts";
import { nanosToMs } from "../../../common/base/nanotime.ts";
import type { FieldRef } from "../../../common/query/ast.ts";
import { nameOfRef, targetOf } from "../../../common/query/names.ts";
import type { HistogramAnswer, HistogramRequest, ReadOptions } from "../log-store.ts";
import { fieldKey, type GroupKey, statusClassKey, topKey } from "./group-keys.ts";
import { countGroups, Groups } from "./groups.ts";
import type { Scan, Scanner } from "./scanner.ts";

/** Points of one series: more than any screen has pixels. */
const bucketsMax = 20_000;
const seriesMax = 10;
const other = "other";

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
  return { ...seriesOf(groups), ...(partial === undefined ? {} : { partial }) };
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

async function keyOf(
  scanner: Scanner,
  scan: Scan,
  { filter, range }: HistogramRequest,
  by: string,
): Promise<GroupKey> {
  if (by === "status_class") return statusClassKey;
  const { ref } = targetOf(by);
  checkGroupable(ref);
  const values = new Groups();
  await countGroups(scanner, scan, { filter, range, keys: [fieldKey(ref)], intervalMs: 0 }, values);
  const top = values.largest().flatMap((group) => group.key[0] ?? []);
  return topKey(ref, top.slice(0, seriesMax), top.length > seriesMax ? other : undefined);
}

/** Refuses what has no value to group by. */
export function checkGroupable(ref: FieldRef): void {
  if (ref.path !== undefined || (ref.name !== "attrs" && ref.name !== "container.labels")) return;
  throw new SeamarkError("bad_request", `${nameOfRef(ref)} is an object`, {
    hint: `name one of its keys, such as ${ref.name}.order.id`,
  });
}

function seriesOf(groups: Groups): HistogramAnswer {
  const series = new Map<string, { points: [number, number][]; total: number }>();
  let total = 0;
  for (const { key, timeMs, count } of groups.largest()) {
    const name = key[0] ?? "";
    const one = series.get(name) ?? { points: [], total: 0 };
    one.points.push([timeMs, count]);
    one.total += count;
    total += count;
    series.set(name, one);
  }
  const sorted = [...series].sort(
    ([a, left], [b, right]) =>
      Number(a === other) - Number(b === other) || right.total - left.total || (a < b ? -1 : 1),
  );
  return {
    series: sorted.map(([key, { points }]) => ({ key, points: points.sort((a, b) => a[0] - b[0]) })),
    total,
  };
}
