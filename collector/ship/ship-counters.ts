import type { Counter, Metrics } from "../../common/base/metrics.ts";

/** What the shipper counts. */
export function shipCounters(metrics: Metrics): {
  readonly sent: Counter;
  readonly acknowledged: Counter;
  readonly dropped: Counter;
  readonly retries: Counter;
} {
  return {
    sent: metrics.counter("seamark_collector_rows_sent_total", "Rows that were posted, repeats included"),
    acknowledged: metrics.counter(
      "seamark_collector_rows_acknowledged_total",
      "Rows that the aggregator has made durable",
    ),
    dropped: metrics.counter(
      "seamark_collector_rows_dropped_total",
      "Rows that were given up, by reason; a gap row stands for them",
    ),
    retries: metrics.counter(
      "seamark_collector_ship_retries_total",
      "Posts that must be repeated, by reason",
    ),
  };
}
