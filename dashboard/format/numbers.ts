const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,204`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** `3 of 4`; nothing when no container of the app is left. */
export function instancesText(instances: { readonly running: number; readonly total: number }): string {
  return instances.total === 0 ? "–" : `${instances.running} of ${instances.total}`;
}

const shortUnits: readonly (readonly [number, string])[] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** `18.4k`, `600k`, `8.4`, `612`: at most three digits that matter, for axes and rates. */
export function formatShort(value: number): string {
  for (const [size, unit] of shortUnits) {
    // 999,950 would round to "1000.0k".
    if (value >= size * 0.99995) return `${trimmed(value / size)}${unit}`;
  }
  if (value > 0 && value < 0.095) return "<0.1";
  return value < 10 ? trimmed(value) : String(Math.round(value));
}

function trimmed(value: number): string {
  return value >= 99.95 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

/**
 * A share from 0 to 1 as `14.2 %`, `0.21 %`. What is not zero never reads as zero, and what is not all never
 * reads as 100 %.
 */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent <= 0) return "0 %";
  if (percent < 0.01) return "<0.01 %";
  if (percent < 1) return `${percent.toFixed(2)} %`;
  if (percent >= 100) return "100 %";
  if (percent > 99.9) return ">99.9 %";
  return `${percent.toFixed(1)} %`;
}

const nsPerMs = 1e6;
const msPerS = 1000;

/** Nanoseconds as `18 ms`, `2.1 s`, `4 min 12 s`. */
export function formatDuration(ns: number): string {
  const ms = ns / nsPerMs;
  if (ms <= 0) return "0 ms";
  if (ms < 0.1) return `${Math.max(1, Math.round(ns / 1000))} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 99.95 * msPerS) return `${(ms / msPerS).toFixed(1)} s`;
  return formatSpan(ms);
}

/** Milliseconds as the two largest units that matter: `3 s`, `4 min 12 s`, `2 h 45 min`, `3 d 4 h`. */
export function formatSpan(ms: number): string {
  const s = Math.max(0, Math.round(ms / msPerS));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return pair(min, "min", s % 60, "s");
  const h = Math.floor(min / 60);
  if (h < 24) return pair(h, "h", min % 60, "min");
  return pair(Math.floor(h / 24), "d", h % 24, "h");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** One unit only, for ages that change while they are read: `3 s`, `48 s`, `3 min`. */
export function formatAge(ms: number): string {
  const s = Math.max(0, Math.floor(ms / msPerS));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}
