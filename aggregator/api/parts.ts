import type { Clock } from "../../common/base/clock.ts";
import type { Metrics } from "../../common/base/metrics.ts";
import { formatNanos } from "../../common/base/nanotime.ts";
import type { ParsedQuery } from "../../common/query/ast.ts";
import type { Completeness } from "../ingest/completeness.ts";
import type { DeadLetters } from "../ingest/dead-letters.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Store, TimeRange } from "../store/log-store.ts";
import type { Reads } from "./reads.ts";

/** What the routes are made of; main.ts puts the real ones in. */
export interface ApiParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly reads: Reads;
  readonly parseQuery: (text: string) => ParsedQuery;
  readonly completeness: Pick<Completeness, "hosts" | "completeToNs">;
  readonly deadLetters: Pick<DeadLetters, "list" | "get" | "replay" | "delete">;
  readonly ingest: Ingest;
}

/** Up to when everything has been counted in, RFC 3339; null while no collector was heard. */
export function completeToOf(completeness: Pick<Completeness, "completeToNs">): string | null {
  const ns = completeness.completeToNs();
  return ns === undefined ? null : formatNanos(ns);
}

/** The part of an answer that is about its range. */
export function rangeAnswerOf(parts: ApiParts, range: TimeRange, startedMs: number) {
  return {
    completeTo: completeToOf(parts.completeness),
    from: formatNanos(range.fromNs),
    to: formatNanos(range.toNs),
    tookMs: Math.round((parts.clock.monotonicMs() - startedMs) * 10) / 10,
  };
}
