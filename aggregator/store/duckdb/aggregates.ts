import { SeamarkError } from "../../../common/base/errors.ts";
import { fieldOf } from "../../../common/fields/dictionary.ts";
import type { FieldRef, Filter, Query } from "../../../common/query/ast.ts";
import { targetOf } from "../../../common/query/names.ts";
import type { CountGroup, Partial, ReadOptions, StatsAnswer, TimeRange, TopAnswer } from "../log-store.ts";
import { isLine } from "./counter-sql.ts";
import { fieldKey } from "./group-keys.ts";
import { countGroups, countsAllRows, Groups } from "./groups.ts";
import { checkGroupable } from "./histogram.ts";
import { NumberSketch, sketchBucket } from "./number-sketch.ts";
import { numberSql } from "./row-source.ts";
import { aggregateScan, type Scanner } from "./scanner.ts";

/** Groups that `| count by` answers with. */
const countGroupsMax = 1000;
const topMax = 1000;

export async function count(
  scanner: Scanner,
  query: Query,
  range: TimeRange,
  options: ReadOptions,
): Promise<{ groups: readonly CountGroup[]; partial?: Partial }> {
  const pipe = query.pipes.find((one) => one.kind === "count");
  const by = pipe?.by ?? [];
  for (const ref of by) checkGroupable(ref);
  const groups = new Groups();
  const request = { filter: query.filter, range, keys: by.map(fieldKey), intervalMs: 0 };
  const { partial } = await scanner.run(range, options, (scan) =>
    countGroups(scanner, scan, request, groups),
  );
  const all = groups.largest().map(({ key, count }) => ({ key, count }));
  if (by.length === 0 && all.length === 0) all.push({ key: [], count: 0 });
  const why = partial ?? (groups.cut || all.length > countGroupsMax ? "limit" : undefined);
  return { groups: all.slice(0, countGroupsMax), ...(why === undefined ? {} : { partial: why }) };
}

export async function top(
  scanner: Scanner,
  filter: Filter,
  range: TimeRange,
  field: string,
  n: number,
  options: ReadOptions,
): Promise<TopAnswer> {
  const { ref } = targetOf(field);
  checkGroupable(ref);
  if (!Number.isInteger(n) || n < 1 || n > topMax)
    throw new SeamarkError("bad_request", `n ${n}: expected 1 to ${topMax}`);
  const groups = new Groups();
  const request = { filter, range, keys: [fieldKey(ref)], intervalMs: 0 };
  const { partial } = await scanner.run(range, options, (scan) =>
    countGroups(scanner, scan, request, groups),
  );
  const values = groups.largest().flatMap(({ key, count }) => {
    const value = key[0];
    return value === null || value === undefined ? [] : [{ value, count }];
  });
  const other = values.slice(n).reduce((sum, { count }) => sum + count, 0) + groups.left;
  const why = partial ?? (groups.cut ? "limit" : undefined);
  return { values: values.slice(0, n), other, ...(why === undefined ? {} : { partial: why }) };
}

export async function stats(
  scanner: Scanner,
  filter: Filter,
  range: TimeRange,
  field: string,
  options: ReadOptions,
): Promise<StatsAnswer> {
  const { ref } = targetOf(field);
  checkNumeric(ref, field);
  const sketch = new NumberSketch();
  const { partial } = await scanner.run(range, options, async (scan) => {
    const compiled = await scan.compile(filter);
    await scan.each(compiled, range, aggregateScan, async (slice) => {
      const rows = await slice.rows((used) => {
        const value = numberSql(ref, used.of(ref.name));
        for (const name of ["event.group", "event.kind"]) used.of(name);
        const lines = countsAllRows(filter) ? "" : ` AND ${isLine.replaceAll('"event.', 'l."event.')}`;
        return {
          select: `count(*), min(${value}), max(${value}), sum(${value})`,
          and: `isfinite(${value})${lines}`,
          tail: `GROUP BY ${sketchBucket(value)}`,
        };
      });
      for (const [n, min, max, sum] of rows)
        sketch.add(Number(n), min as number, max as number, sum as number);
      return false;
    });
  });
  return { ...sketch.answer(), ...(partial === undefined ? {} : { partial }) };
}

function checkNumeric(ref: FieldRef, field: string): void {
  const type = fieldOf(ref.name)?.type;
  if (ref.path !== undefined || type === "long" || type === "double") return;
  throw new SeamarkError("bad_request", `${field} is not a number`, {
    hint: "ask for a number such as event.duration, or a key of attrs",
  });
}
