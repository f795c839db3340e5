const minuteMs = 60_000;
/** Whole minutes that a bucket can have; the counters are per minute. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 10_080];
/** About as many bars as fit beside each other in a table row. */
const bucketsMax = 72;

/** The range that is asked for, on whole buckets, so that no first bucket looks small only because it is cut. */
export function appsRange(
  fromMs: number,
  toMs: number,
): { readonly from: number; readonly to: number; readonly interval: string } {
  const minutes = Math.max(1, (toMs - fromMs) / minuteMs);
  const step = steps.find((candidate) => minutes / candidate <= bucketsMax) ?? steps.at(-1)!;
  const stepMs = step * minuteMs;
  return {
    from: Math.ceil((fromMs - 1) / stepMs) * stepMs,
    to: Math.floor(toMs),
    interval: intervalText(step),
  };
}

function intervalText(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
