import type { Metrics } from "../../common/base/metrics.ts";
import type { IntakeCounts } from "./intake-counts.ts";
import type { Interruption } from "./log-session.ts";

/** Containers with a lag of their own in `/metrics`; the others count in the worst only. */
export const lagContainersMax = 100;

/** The counters of all readers; one addition each, so that they can be kept per chunk. */
export interface ReaderCounters {
  add(delta: IntakeCounts): void;
  reconnect(reason: Interruption | "error" | "ended" | "whole"): void;
  engineMessage(): void;
  /** Containers that were gone before their log could be opened. */
  missed(): void;
  /** A gap of a container that has no reader. */
  missedGap(): void;
  /** Lines that are known to be lost, where a number is known; each gap counts at least one. */
  readonly lostLines: number;
}

export function readerCounters(metrics: Metrics): ReaderCounters {
  const lines = metrics.counter("seamark_collector_lines_read_total", "Lines taken from Docker");
  const bytes = metrics.counter("seamark_collector_bytes_read_total", "Bytes of text taken from Docker");
  const repeated = metrics.counter(
    "seamark_collector_frames_repeated_total",
    "Frames that the engine sent again inside a live stream, skipped",
  );
  const passed = metrics.counter(
    "seamark_collector_frames_passed_total",
    "Frames that were taken before a reconnect, passed over",
  );
  const truncated = metrics.counter("seamark_collector_lines_truncated_total", "Lines cut at 1 MiB");
  const unstamped = metrics.counter("seamark_collector_frames_unstamped_total", "Frames without a time");
  const reconnects = metrics.counter("seamark_collector_reconnects_total", "Log connections opened again");
  const messages = metrics.counter("seamark_collector_engine_messages_total", "Errors inside log streams");
  const missed = metrics.counter(
    "seamark_collector_missed_containers_total",
    "Containers gone before they were read",
  );
  const gaps = metrics.counter("seamark_collector_gaps_total", "Places where lines are known to be missing");
  let lost = 0;
  return {
    add: (delta) => {
      lines.add(delta.lines);
      bytes.add(delta.bytes);
      if (delta.repeated > 0) repeated.add(delta.repeated);
      if (delta.passed > 0) passed.add(delta.passed);
      if (delta.truncated > 0) truncated.add(delta.truncated);
      if (delta.gaps > 0) {
        gaps.add(delta.gaps);
        lost += delta.gaps;
      }
      if (delta.unstamped > 0) unstamped.add(delta.unstamped);
    },
    reconnect: (reason) => reconnects.add(1, { reason }),
    engineMessage: () => messages.add(1),
    missed: () => missed.add(1),
    missedGap: () => {
      gaps.add(1);
      lost += 1;
    },
    get lostLines() {
      return lost;
    },
  };
}
