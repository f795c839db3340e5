import { expect, test } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { Reads, runningReadsMax } from "./reads.ts";

const never = new AbortController().signal;
const task = { name: "/x", deadlineMs: 5, signal: never };

function make() {
  const metrics = new Metrics();
  return { metrics, reads: new Reads({ clock: systemClock, metrics, overdueMs: 5 }) };
}

/** A read that ends only when it is cancelled. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

test("a read that is overdue is given up and told so", async () => {
  const { reads, metrics } = make();
  let told: AbortSignal | undefined;
  const read = reads.run(task, ({ signal }) => {
    told = signal;
    return new Promise(() => {});
  });
  await expect(read).rejects.toMatchObject({ code: "timeout" });
  expect(told?.aborted).toBe(true);
  expect(metrics.value("seamark_api_reads_total", { route: "/x", outcome: "timeout" })).toBe(1);
});

test("a client that goes cancels its read", async () => {
  const { reads, metrics } = make();
  const gone = new AbortController();
  const read = reads.run({ ...task, deadlineMs: 60_000, signal: gone.signal }, ({ signal }) =>
    untilAborted(signal),
  );
  gone.abort(new SeamarkError("cancelled", "gone"));
  await expect(read).rejects.toMatchObject({ code: "cancelled" });
  expect(metrics.value("seamark_api_reads_running")).toBe(0);
});

test("over the limit a read is refused, and room is there again when one ends", async () => {
  const { reads } = make();
  const gone = new AbortController();
  const slow = Array.from({ length: runningReadsMax }, () =>
    reads.run({ ...task, deadlineMs: 60_000, signal: gone.signal }, ({ signal }) => untilAborted(signal)),
  );
  await expect(reads.run(task, async () => 1)).rejects.toMatchObject({ code: "unavailable" });
  gone.abort(new SeamarkError("cancelled", "gone"));
  await Promise.allSettled(slow);
  expect(await reads.run(task, async () => 1)).toBe(1);
});

test("durations are counted in buckets", async () => {
  const { reads, metrics } = make();
  await reads.run(task, async () => 1);
  expect(metrics.value("seamark_api_read_seconds_bucket", { route: "/x", le: "+Inf" })).toBe(1);
  expect(metrics.value("seamark_api_read_seconds_count", { route: "/x" })).toBe(1);
});
