import { fields as dictionary, type FieldType, fieldOf } from "../../../common/fields/dictionary.ts";
import type { Filter } from "../../../common/query/ast.ts";
import { knownTarget } from "../../../common/query/names.ts";
import type { FieldCoverage, JoinedRow, ReadOptions, TimeRange } from "../log-store.ts";
import type { Scanner } from "./scanner.ts";
import { search } from "./search.ts";

/** Rows that are looked at, the newest ones: enough for a field that one line in a hundred has. */
const sampleRows = 1000;
/** Names of attributes that are told; an app that makes up a name per line does not fill the list. */
const attributesMax = 500;

/** Which fields the newest matching rows have. */
export async function fieldCoverage(
  scanner: Scanner,
  filter: Filter,
  range: TimeRange,
  options: ReadOptions,
): Promise<readonly FieldCoverage[]> {
  const request = { filter, range, limit: sampleRows, order: "desc" } as const;
  const { rows } = await search(scanner, request, options);
  const counts = new Map<string, { type: string; count: number }>();
  for (const row of rows) countFields(row, counts);
  const order = new Map(dictionary.map((field, at) => [field.name, at]));
  const rank = (name: string) => order.get(name) ?? dictionary.length;
  const sorted = [...counts].sort(
    ([a, left], [b, right]) => rank(a) - rank(b) || right.count - left.count || (a < b ? -1 : 1),
  );
  return sorted
    .filter(([name], at) => order.has(name) || at < dictionary.length + attributesMax)
    .map(([name, { type, count }]) => ({ name, type, count, of: rows.length }));
}

function countFields(row: JoinedRow, counts: Map<string, { type: string; count: number }>): void {
  for (const [name, value] of Object.entries(row)) {
    const type: FieldType | undefined = fieldOf(name)?.type;
    if (type === undefined) continue;
    if (type !== "flattened") countOne(counts, name, type);
    else
      for (const [key, inner] of Object.entries(value as Record<string, unknown>))
        countOne(counts, attributeName(name, key), typeOfValue(inner));
  }
}

/** As it is typed in a query: the bare key of `attrs`, unless that means something else there. */
function attributeName(flattened: string, key: string): string {
  const bare = flattened === "attrs" && /^[\p{L}_@][\p{L}\p{N}_.@-]*$/u.test(key);
  return bare && knownTarget(key) === undefined ? key : `${flattened}.${key}`;
}

function countOne(counts: Map<string, { type: string; count: number }>, name: string, type: string): void {
  const known = counts.get(name);
  if (known) known.count++;
  else counts.set(name, { type, count: 1 });
}

function typeOfValue(value: unknown): string {
  if (typeof value === "number") return "double";
  return typeof value === "boolean" ? "boolean" : "keyword";
}
