import type { HistogramSeries } from "../api/types.ts";

/** Counts over one time axis without holes: `values[series][bucket]`. */
export interface Buckets {
  /** Start of each bucket, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly intervalMs: number;
  readonly keys: readonly string[];
  readonly values: readonly (readonly number[])[];
}

/** More than any answer has; keeps a wrong interval from filling the memory. */
const bucketsMax = 4000;

/** Starts of the buckets that a half-open range touches, aligned to multiples of the interval. */
export function bucketTimes(fromMs: number, toMs: number, intervalMs: number): number[] {
  const times: number[] = [];
  for (let at = Math.floor(fromMs / intervalMs) * intervalMs; at < toMs; at += intervalMs) {
    times.push(at);
    if (times.length >= bucketsMax) break;
  }
  return times;
}

/** Fills the holes of an answer with zeros and adds series of equal keys together. */
export function fillBuckets(
  series: readonly HistogramSeries[],
  order: readonly string[],
  keyOf: (key: string) => string,
  times: readonly number[],
  intervalMs: number,
): Buckets {
  const values = order.map(() => new Array<number>(times.length).fill(0));
  const firstMs = times[0] ?? 0;
  for (const { key, points } of series) {
    const target = values[order.indexOf(keyOf(key))];
    if (!target) continue;
    for (const [timeMs, count] of points) {
      const at = Math.floor((timeMs - firstMs) / intervalMs);
      if (at >= 0 && at < times.length) target[at]! += count;
    }
  }
  return { times, intervalMs, keys: order, values };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const nice = [1, 1.5, 2, 3, 4, 6, 8, 10];
/** Below it, half of 1.5 × 10ⁿ is no whole number of lines. */
const oneAndHalfScaleMin = 100;

/** The smallest of 1, 1.5 (from 150 on), 2, 3, 4, 6, 8 × 10ⁿ that is not below the value; an axis that ends there has even labels. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const scale = 10 ** Math.floor(Math.log10(value));
  for (const step of nice) {
    if (step === 1.5 && scale < oneAndHalfScaleMin) continue;
    if (step * scale >= value * 0.999_999) return step * scale;
  }
  return 10 * scale;
}

/** Which buckets carry a label: whole steps of the clock, about `wanted` of them, none at the very edge. */
export function labelStepMs(spanMs: number, wanted: number): number {
  const steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
    604_800,
  ];
  const ideal = spanMs / Math.max(1, wanted) / 1000;
  return (steps.find((step) => step >= ideal) ?? 604_800) * 1000;
}
