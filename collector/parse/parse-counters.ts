import type { Metrics } from "../../common/base/metrics.ts";

/** What a line turned out to be; `trace` is a line that continues a stack trace. */
const lineFormats = ["json", "access", "logfmt", "klog", "haproxy", "trace", "text"] as const;
type LineFormat = (typeof lineFormats)[number];

/** Counts what the parsers of a collector do; one for all of them. */
export interface ParseCounters {
  line(format: LineFormat): void;
  cut(): void;
}

/** Counters that the collector's `/metrics` reads. A line costs one addition. */
export function parseCounters(metrics: Metrics): ParseCounters {
  const lines: Record<LineFormat, number> = {
    json: 0,
    access: 0,
    logfmt: 0,
    klog: 0,
    haproxy: 0,
    trace: 0,
    text: 0,
  };
  let cut = 0;
  const parsed = metrics.counter(
    "seamark_collector_lines_parsed_total",
    "Lines by the format that they were read as",
  );
  for (const format of lineFormats) parsed.read(() => lines[format], { format });
  metrics.counter("seamark_collector_lines_cut_total", "Lines over 1 MiB that were cut").read(() => cut);
  return {
    line: (format) => {
      lines[format]++;
    },
    cut: () => {
      cut++;
    },
  };
}
