import { expect } from "vitest";
import type {
  JoinedRow,
  LogStore,
  ReadOptions,
  Store,
  TimeRange,
} from "../../../aggregator/store/log-store.ts";
import type { Filter, Query } from "../../../common/query/ast.ts";
import { parseQuery } from "../../../common/query/parser.ts";
import { type Batches, type clockAt, day } from "../batches.ts";

/** 2026-11-22T18:30:00Z */
export const now = BigInt(Date.UTC(2026, 10, 22, 18, 30)) * 1_000_000n;
export const retentionMs = 7 * 86_400_000;
export const read: ReadOptions = { deadlineMs: 20_000 };
export const all: Filter = { kind: "all" };
export const everything: TimeRange = { fromNs: now - 30n * day, toNs: now + 2n * day };

/** A store under test with what feeds it. */
export interface Bench {
  readonly store: Store;
  readonly logs: LogStore;
  readonly batches: Batches;
  readonly clock: ReturnType<typeof clockAt>;
  reopen(): Promise<Bench>;
}

/** All rows of a range, oldest first. */
export async function rowsOf(
  logs: LogStore,
  filter: Filter = all,
  range = everything,
): Promise<readonly JoinedRow[]> {
  const answer = await logs.search({ filter, range, limit: 10_000, order: "asc" }, read);
  expect(answer.partial).toBeUndefined();
  return answer.rows;
}

export async function idsOf(logs: LogStore, filter: Filter = all, range = everything): Promise<string[]> {
  return (await rowsOf(logs, filter, range)).map((row) => row.id);
}

/** The query that somebody typed; a test that types a wrong one fails. */
export function query(text: string): Query {
  const parsed = parseQuery(text, { nowMs: Number(now / 1_000_000n) });
  expect(parsed.error).toBeUndefined();
  return parsed.query;
}

export type NewBench = () => Promise<Bench>;
