import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "../common/base/metrics.ts";

/** How often the delay of the event loop is sampled, milliseconds. */
const sampleMs = 20;

/** What the process itself costs, read when scraped. */
export function watchProcess(metrics: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: sampleMs });
  delay.enable();
  const loop = metrics.gauge("seamark_event_loop_delay_seconds", "Delay of the event loop since the start");
  for (const quantile of [0.5, 0.99]) {
    loop.read(() => beyondSample(delay.percentile(quantile * 100)), { quantile: String(quantile) });
  }
  loop.read(() => beyondSample(delay.max), { quantile: "1" });
  metrics
    .gauge("seamark_heap_used_bytes", "Heap of the JavaScript engine in use")
    .read(() => process.memoryUsage().heapUsed);
  metrics
    .gauge("process_resident_memory_bytes", "Memory of the process")
    .read(() => process.memoryUsage.rss());
  metrics.counter("process_cpu_seconds_total", "CPU time of the process").read(() => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}

/** Seconds; the sampler's own interval is part of what it measures. */
function beyondSample(delayNs: number): number {
  return Math.max(0, delayNs / 1e9 - sampleMs / 1000);
}
