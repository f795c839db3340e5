import type { HistogramAnswer } from "../api/types.ts";
import { type Buckets, bucketTimes, fillBuckets, sum } from "../charts/buckets.ts";
import type { RangeMs } from "../state/time-range.ts";
import type { GroupBy } from "../state/url-state.ts";

/** One kind of bar: its name, its colour token, its mark in the legend, and the filter of a click on it. */
export interface Kind {
  readonly name: string;
  readonly color: string;
  readonly mark: string;
  /** Undefined: no term says exactly this kind. */
  readonly filter?: { readonly field: string; readonly value: string } | { readonly term: string };
}

export interface LineHistogram {
  readonly kinds: readonly Kind[];
  readonly buckets: Buckets;
  /** Lines per kind over the whole range. */
  readonly counts: readonly number[];
  readonly total: number;
}

const levelKinds: readonly (Kind & { readonly keys: readonly string[] })[] = [
  {
    name: "Error, fatal",
    color: "--c5",
    mark: "k5",
    filter: { term: "level>=error" },
    keys: ["error", "fatal"],
  },
  { name: "Warn", color: "--c4", mark: "k4", filter: { field: "level", value: "warn" }, keys: ["warn"] },
  {
    name: "Info",
    color: "--l-info",
    mark: "kinfo",
    filter: { field: "level", value: "info" },
    keys: ["info"],
  },
  {
    name: "Debug, trace",
    color: "--l-debug",
    mark: "kdebug",
    filter: { term: "level<=debug" },
    keys: ["debug", "trace"],
  },
  { name: "No level", color: "--c1", mark: "k1", filter: { term: "-level:*" }, keys: [""] },
];

const classKinds: readonly (Kind & { readonly keys: readonly string[] })[] = [
  { name: "5xx", color: "--c5", mark: "k5", filter: { term: "status:500..599" }, keys: ["5xx"] },
  { name: "4xx", color: "--c4", mark: "k4", filter: { term: "status:400..499" }, keys: ["4xx"] },
  { name: "3xx", color: "--c3", mark: "k3", filter: { term: "status:300..399" }, keys: ["3xx"] },
  { name: "2xx", color: "--c2", mark: "k2", filter: { term: "status:200..299" }, keys: ["2xx"] },
  { name: "1xx", color: "--c1", mark: "k1", filter: { term: "status:100..199" }, keys: ["1xx"] },
  { name: "No status", color: "--l-debug", mark: "kdebug", filter: { term: "-status:*" }, keys: [""] },
];

/** Colours for apps: none of those that mean an error or a warning. */
const appColors = ["--l-info", "--c2", "--c3", "--c1"];
const appsShown = 4;

/** Orders and colours an answer by what it is grouped by; kinds without a line are left out. */
export function lineHistogram(answer: HistogramAnswer, by: GroupBy, range: RangeMs): LineHistogram {
  const times = bucketTimes(range.fromMs, range.toMs, answer.interval);
  const kinds = by === "service.name" ? appKinds(answer) : by === "level" ? levelKinds : classKinds;
  const known = new Set(kinds.flatMap((kind) => kind.keys));
  const nameOf = (key: string) =>
    (known.has(key) ? kinds.find((kind) => kind.keys.includes(key)) : kinds.at(-1))?.name ?? "";
  const filled = fillBuckets(
    answer.series,
    kinds.map((kind) => kind.name),
    nameOf,
    times,
    answer.interval,
  );
  const counts = filled.values.map(sum);
  const there = kinds.map((_, at) => at).filter((at) => counts[at]! > 0);
  return {
    kinds: there.map((at) => kinds[at]!),
    buckets: {
      ...filled,
      keys: there.map((at) => filled.keys[at]!),
      values: there.map((at) => filled.values[at]!),
    },
    counts: there.map((at) => counts[at]!),
    total: answer.total,
  };
}

function appKinds(answer: HistogramAnswer): (Kind & { readonly keys: readonly string[] })[] {
  const total = (key: string) =>
    sum(
      answer.series.filter((one) => one.key === key).flatMap((one) => one.points.map(([, count]) => count)),
    );
  const keys = answer.series.map((one) => one.key).filter((key) => key !== "" && key !== "other");
  const largest = [...new Set(keys)].sort((a, b) => total(b) - total(a)).slice(0, appsShown);
  const kinds = largest.map((key, at) => ({
    name: key,
    color: appColors[at]!,
    mark: ["kinfo", "k2", "k3", "k1"][at]!,
    filter: { field: "app", value: key },
    keys: [key],
  }));
  return [...kinds, { name: "Others", color: "--l-debug", mark: "kdebug", keys: ["", "other"] } as never];
}

/** Steps that the API allows, milliseconds and their spelling. */
const steps: readonly (readonly [number, string])[] = [
  [100, "100ms"],
  [250, "250ms"],
  [500, "500ms"],
  [1000, "1s"],
  [2000, "2s"],
  [5000, "5s"],
  [10_000, "10s"],
  [15_000, "15s"],
  [30_000, "30s"],
  [60_000, "1m"],
  [120_000, "2m"],
  [300_000, "5m"],
  [600_000, "10m"],
  [900_000, "15m"],
  [1_800_000, "30m"],
  [3_600_000, "1h"],
  [7_200_000, "2h"],
  [10_800_000, "3h"],
  [21_600_000, "6h"],
  [43_200_000, "12h"],
  [86_400_000, "1d"],
  [604_800_000, "7d"],
];
const bucketsWanted = 75;

/** The finest step that gives about as many bars as can be told apart. */
export function histogramInterval(range: RangeMs): string {
  const spanMs = range.toMs - range.fromMs;
  return (steps.find(([ms]) => spanMs / ms <= bucketsWanted) ?? steps.at(-1)!)[1];
}

/** Lines inside a part of the range whose edges are bucket edges. */
export function countInside(histogram: LineHistogram, part: RangeMs): number {
  let count = 0;
  for (const [at, time] of histogram.buckets.times.entries())
    if (time >= part.fromMs && time < part.toMs)
      for (const values of histogram.buckets.values) count += values[at]!;
  return count;
}

/** Two positions on the plot, in shares of its width, as whole buckets clamped to the range. */
export function brushRange(buckets: Buckets, startShare: number, endShare: number): RangeMs {
  const { times, intervalMs } = buckets;
  const at = (share: number) => Math.min(times.length - 1, Math.max(0, Math.floor(share * times.length)));
  const low = at(Math.min(startShare, endShare));
  const high = at(Math.max(startShare, endShare));
  return { fromMs: times[low] ?? 0, toMs: (times[high] ?? 0) + intervalMs };
}
