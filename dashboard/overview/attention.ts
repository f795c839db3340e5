import type { App, AppsAnswer } from "../api/types.ts";

/** How much an app needs a look now: from its last 5 complete minutes. */
export type Attention = "hot" | "warm" | "none";

/** The range that the points of an app are of. */
type AppsRange = Pick<AppsAnswer, "from" | "interval">;

/** Shares of 5xx at which a row is marked, and log errors a minute that are more than noise. */
const hotErrorRatio = 0.01;
const warmErrorRatio = 0.001;
const errorsPerMinuteMin = 1;
/** Log errors are unusual when the last minutes have this many times the rate of the range before them usually has. */
const errorsFactor = 3;
const minuteMs = 60_000;

/** Said in the heading's help, so that the order is never a secret. */
export const attentionRule =
  "Marked red: 1 % of requests or more fail with 5xx in the last 5 complete minutes. Marked amber: 0.1 % or more, " +
  "or log errors at least three times as frequent as usual before.";

export function attentionOf(app: App, range: AppsRange): Attention {
  const ratio = app.recent.errorRatio ?? 0;
  if (ratio >= hotErrorRatio) return "hot";
  if (ratio >= warmErrorRatio || errorsRise(app, range)) return "warm";
  return "none";
}

/** Log errors per minute in the last 5 complete minutes: whole minutes, so the window may be nearly a minute longer. */
export function errorsPerMinute(app: App): number {
  const windowMs = Date.parse(app.recent.to) - Date.parse(app.recent.from);
  return windowMs > 0 ? ((app.recent.logErrors ?? 0) * minuteMs) / windowMs : 0;
}

/**
 * Compares with the median of the range before the window, not with its mean: an earlier burst in the range would
 * lift the mean and hide the next one.
 */
export function errorsRise(app: App, range: AppsRange): boolean {
  const recent = errorsPerMinute(app);
  return recent >= errorsPerMinuteMin && recent >= errorsFactor * errorsPerMinuteBefore(app, range);
}

function errorsPerMinuteBefore(app: App, range: AppsRange): number {
  const fromMs = Date.parse(app.recent.from);
  const whole = app.points.filter(({ timeMs }) => timeMs + range.interval <= fromMs);
  const errors = whole.map((point) => point.errors).sort((a, b) => b - a);
  // A bucket without lines has no point: it counts as one without errors.
  const buckets = Math.floor((fromMs - Date.parse(range.from)) / range.interval);
  return ((errors[Math.floor(buckets / 2)] ?? 0) * minuteMs) / range.interval;
}

const ranks: Readonly<Record<Attention, number>> = { hot: 2, warm: 1, none: 0 };

export type Sort = "attention" | "name" | "traffic";

/** A new, sorted array. */
export function sortedApps(apps: readonly App[], sort: Sort, range: AppsRange): App[] {
  const byName = (a: App, b: App) => a.app.localeCompare(b.app);
  if (sort === "name") return [...apps].sort(byName);
  if (sort === "traffic")
    return [...apps].sort((a, b) => b.recent.requestRate - a.recent.requestRate || byName(a, b));
  const rank = (app: App) => ranks[attentionOf(app, range)];
  return [...apps].sort(
    (a, b) =>
      rank(b) - rank(a) ||
      (b.recent.errorRatio ?? 0) - (a.recent.errorRatio ?? 0) ||
      errorsPerMinute(b) - errorsPerMinute(a) ||
      b.recent.requestRate - a.recent.requestRate ||
      byName(a, b),
  );
}

/** Keeps the order that is being read: known apps stay where they are, new ones come at the end. */
export function heldOrder(apps: readonly App[], shown: readonly string[]): App[] {
  const place = new Map(shown.map((name, at) => [name, at]));
  return [...apps].sort((a, b) => (place.get(a.app) ?? Infinity) - (place.get(b.app) ?? Infinity) || 0);
}
