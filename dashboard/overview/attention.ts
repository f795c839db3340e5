import type { App } from "../api/types.ts";

/** How much an app needs a look now: from its last 5 complete minutes. */
export type Attention = "hot" | "warm" | "none";

/** Shares of 5xx at which a row is marked, and log errors a minute that are more than noise. */
const hotErrorRatio = 0.01;
const warmErrorRatio = 0.001;
const errorsPerMinuteMin = 1;
/** Log errors are unusual when the last minutes have this many times the rate of the range before them. */
const errorsFactor = 3;
const recentMinutes = 5;

/** Said in the heading's help, so that the order is never a secret. */
export const attentionRule =
  "Marked red: 1 % of requests or more fail with 5xx in the last 5 complete minutes. Marked amber: 0.1 % or more, " +
  "or log errors at least three times as frequent as before.";

export function attentionOf(app: App, rangeMinutes: number): Attention {
  const ratio = app.recent.errorRatio ?? 0;
  if (ratio >= hotErrorRatio) return "hot";
  if (ratio >= warmErrorRatio || errorsRise(app, rangeMinutes)) return "warm";
  return "none";
}

/** Log errors per minute in the last 5 complete minutes. */
export function errorsPerMinute(app: App): number {
  return (app.recent.logErrors ?? 0) / recentMinutes;
}

export function errorsRise(app: App, rangeMinutes: number): boolean {
  const recent = errorsPerMinute(app);
  if (recent < errorsPerMinuteMin) return false;
  const minutesBefore = Math.max(1, rangeMinutes - recentMinutes);
  const before = Math.max(0, (app.logErrors ?? 0) - (app.recent.logErrors ?? 0)) / minutesBefore;
  return recent >= errorsFactor * before;
}

const ranks: Readonly<Record<Attention, number>> = { hot: 2, warm: 1, none: 0 };

export type Sort = "attention" | "name" | "traffic";

/** A new, sorted array. */
export function sortedApps(apps: readonly App[], sort: Sort, rangeMinutes: number): App[] {
  const byName = (a: App, b: App) => a.app.localeCompare(b.app);
  if (sort === "name") return [...apps].sort(byName);
  if (sort === "traffic")
    return [...apps].sort((a, b) => b.recent.requestRate - a.recent.requestRate || byName(a, b));
  const rank = (app: App) => ranks[attentionOf(app, rangeMinutes)];
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
