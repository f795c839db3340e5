/**
 * The mergeable latency histogram: bucket `i` holds the durations `d` with gamma^(i-1) < d <= gamma^i, and its value
 * is 2 gamma^i / (gamma + 1), so a quantile is off by at most 2 % of itself. Two histograms are merged by adding the
 * counts of equal buckets.
 * Source: C. Masson, J. E. Rim, H. K. Lee, DDSketch, PVLDB 12 (12), 2019, https://doi.org/10.14778/3352063.3352135
 */
export const relativeErrorMax = 0.02;

const gamma = (1 + relativeErrorMax) / (1 - relativeErrorMax);

/** The bucket of a duration in nanoseconds, as SQL; 0 and less count as 1 ns. */
export function bucketSql(durationSql: string): string {
  return `ceil(ln(greatest(${durationSql}, 1)) / ${Math.log(gamma)})::SMALLINT`;
}

/** The duration in nanoseconds that stands for a bucket. */
export function bucketNs(bucket: number): number {
  return (2 * gamma ** bucket) / (gamma + 1);
}
