import type { StatsAnswer } from "../log-store.ts";

/** Numbers whose quotient is less than this share a bucket. */
const width = 1.02;

/** The bucket of a number as SQL to group by: sign and logarithm of its size; 0 has its own. */
export function sketchBucket(value: string): string {
  return `sign(${value}), CASE WHEN ${value} <> 0 THEN floor(ln(abs(${value})) / ${Math.log(width)}) END`;
}

interface Bucket {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Figures of many numbers from buckets that can be added up. A quantile by nearest rank is interpolated between
 * the smallest and the largest number of its bucket: exact where a bucket has one value, else off by at most 2 %
 * of itself.
 */
export class NumberSketch {
  readonly #buckets: Bucket[] = [];
  #sum = 0;

  add(count: number, min: number, max: number, sum: number): void {
    this.#buckets.push({ count, min, max });
    this.#sum += sum;
  }

  answer(): Omit<StatsAnswer, "partial"> {
    const buckets = this.#merged();
    const count = buckets.reduce((total, bucket) => total + bucket.count, 0);
    if (count === 0)
      return { count, min: null, max: null, sum: null, p50: null, p90: null, p95: null, p99: null };
    const quantile = (q: number) => quantileOf(buckets, Math.max(1, Math.ceil(q * count)));
    return {
      count,
      min: buckets[0]!.min,
      max: buckets.at(-1)!.max,
      sum: this.#sum,
      p50: quantile(0.5),
      p90: quantile(0.9),
      p95: quantile(0.95),
      p99: quantile(0.99),
    };
  }

  /** Ascending and apart: what came from several slices for the same numbers is one bucket. */
  #merged(): Bucket[] {
    const merged: Bucket[] = [];
    for (const bucket of this.#buckets.sort((a, b) => a.min - b.min)) {
      const last = merged.at(-1);
      if (last === undefined || bucket.min > last.max) merged.push(bucket);
      else
        merged[merged.length - 1] = {
          count: last.count + bucket.count,
          min: last.min,
          max: Math.max(last.max, bucket.max),
        };
    }
    return merged;
  }
}

function quantileOf(buckets: readonly Bucket[], rank: number): number {
  let before = 0;
  for (const { count, min, max } of buckets) {
    if (before + count >= rank)
      return count === 1 ? min : min + ((max - min) * (rank - before - 1)) / (count - 1);
    before += count;
  }
  return buckets.at(-1)!.max;
}
