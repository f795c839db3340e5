import type { ClassCounts } from "../api/types.ts";
import { bucketTimes } from "./buckets.ts";

/**
 * The two lanes of the status histogram. Upper: requests per bucket. Lower: the share of requests that failed, so
 * that one per cent of failures is seen below ninety-nine of success.
 */
export interface Lanes {
  /** Start of each bucket, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly intervalMs: number;
  readonly counts: readonly ClassCounts[];
  /** All requests of the bucket. */
  readonly totals: readonly number[];
  /** Per cent of the bucket's requests; 0 in a bucket without requests. */
  readonly percent5xx: readonly number[];
  readonly percent4xx: readonly number[];
}

interface Point {
  readonly timeMs: number;
  readonly requests: ClassCounts;
}

const none: ClassCounts = [0, 0, 0, 0, 0, 0];

/** Puts the points of an answer on a whole axis; buckets that are left out become empty ones. */
export function lanesOf(points: readonly Point[], fromMs: number, toMs: number, intervalMs: number): Lanes {
  const times = bucketTimes(fromMs, toMs, intervalMs);
  const byTime = new Map(points.map((point) => [Math.floor(point.timeMs / intervalMs), point.requests]));
  const counts = times.map((time) => byTime.get(Math.round(time / intervalMs)) ?? none);
  const totals = counts.map((classes) => classes.reduce((total, count) => total + count, 0));
  const percent = (index: number) =>
    counts.map((classes, at) => (totals[at] === 0 ? 0 : (100 * classes[index]!) / totals[at]!));
  return { times, intervalMs, counts, totals, percent5xx: percent(5), percent4xx: percent(4) };
}

const percentSteps = [1, 2, 4, 6, 10, 20, 30, 40, 60, 80, 100];

/** Upper end of the lower lane's axis: the smallest even step above the worst bucket. */
export function percentAxisMax(lanes: Lanes): number {
  const worst = Math.max(0, ...lanes.times.map((_, at) => lanes.percent5xx[at]! + lanes.percent4xx[at]!));
  return percentSteps.find((step) => step >= worst) ?? 100;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: "c1" | "c2" | "c3" | "c4" | "c5";
}

/** Share of the width between two bars that stays empty, and the lanes of the compact form in pixels. */
const gapShare = 0.16;
const compactPercentMax = 10;

/**
 * The bars of the compact form for tables. The upper lane scales to its own largest bucket; the lower lane always
 * ends at 10 %, so that rows compare. A failure that happened is never thinner than one pixel.
 */
export function compactBars(lanes: Lanes, width: number, height: number): Rect[] {
  const step = width / Math.max(1, lanes.times.length);
  const barWidth = Math.max(0.75, step * (1 - gapShare));
  const upper = { bottom: Math.round(height * 0.37), height: Math.round(height * 0.37) - 1 };
  const lower = { bottom: height, height: Math.round(height * 0.53) };
  const most = Math.max(1, ...lanes.totals);
  const bars: Rect[] = [];
  for (const [at, classes] of lanes.counts.entries()) {
    const x = at * step + (step - barWidth) / 2;
    let y = upper.bottom;
    const pile = (kind: Rect["kind"], tall: number) => {
      if (tall <= 0) return;
      y -= tall;
      bars.push({ x, y, width: barWidth, height: tall, kind });
    };
    const count = (value: number) => (value === 0 ? 0 : Math.max(0.5, (value / most) * upper.height));
    pile("c3", count(classes[3]));
    pile("c2", count(classes[2]));
    pile("c1", count(classes[0] + classes[1]));
    y = lower.bottom;
    const share = (percent: number) =>
      percent === 0
        ? 0
        : Math.max(1, (Math.min(percent, compactPercentMax) / compactPercentMax) * lower.height);
    const tall5 = share(lanes.percent5xx[at]!);
    pile("c5", tall5);
    pile("c4", Math.min(share(lanes.percent4xx[at]!), lower.height - tall5));
  }
  return bars;
}

/** Which bucket and lane lies under a point of the compact form; the class is the one to look at there. */
export function compactHit(
  lanes: Lanes,
  width: number,
  height: number,
  x: number,
  y: number,
): { readonly at: number; readonly kind: Rect["kind"] | undefined } {
  const at = Math.min(lanes.times.length - 1, Math.max(0, Math.floor((x / width) * lanes.times.length)));
  const hit = compactBars(lanes, width, height).find(
    (bar) => x >= bar.x - 1 && x <= bar.x + bar.width + 1 && y >= bar.y - 2 && y <= bar.y + bar.height + 2,
  );
  return { at, kind: hit?.kind };
}
