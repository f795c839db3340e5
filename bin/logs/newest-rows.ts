import type { JoinedRow } from "../../common/wire/row.ts";
import type { LogsClient, SearchAnswer } from "./client.ts";

/** A search page; the API allows no more. */
const pageRowsMax = 10_000;

export interface NewestRows extends Omit<SearchAnswer, "rows"> {
  /** Oldest first. */
  readonly rows: readonly JoinedRow[];
  /** There are older rows in the range. */
  readonly more: boolean;
}

/** The newest `limit` rows of a range, page by page. A query with a pipe answers groups and no rows. */
export async function newestRows(
  client: LogsClient,
  range: Readonly<Record<string, string>>,
  limit: number,
): Promise<NewestRows> {
  const page = (left: number, fixed: Readonly<Record<string, string>>): Promise<SearchAnswer> =>
    client.search({ ...range, ...fixed, order: "desc", limit: Math.min(left, pageRowsMax) });
  const first = await page(limit, {});
  const rows = [...(first.rows ?? [])];
  let { cursor } = first;
  while (cursor && rows.length < limit) {
    const next = await page(limit - rows.length, { from: first.from, to: first.to, cursor });
    rows.push(...(next.rows ?? []));
    cursor = next.cursor;
  }
  return { ...first, rows: rows.reverse(), more: Boolean(cursor) };
}
