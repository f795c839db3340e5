import { parseNanos } from "../base/nanotime.ts";
import { type Level, levels } from "../fields/dictionary.ts";

/** Spellings of the levels that applications and people use; what they mean in Seamark. */
const levelSpellings: Readonly<Record<Level, string>> = {
  trace: "trace trc verbose finest finer silly",
  debug: "debug dbg fine",
  info: "info inf information informational notice",
  warn: "warn warning wrn",
  error: "error err severe",
  fatal: "fatal ftl critical crit panic emerg emergency alert dpanic",
};
const levelBySpelling = new Map<string, Level>();
for (const level of levels) {
  for (const spelling of levelSpellings[level].split(" ")) levelBySpelling.set(spelling, level);
}

/** The level that a text spells, in any case; undefined when it spells none. */
export function levelOf(text: string): Level | undefined {
  return levelBySpelling.get(text.toLowerCase());
}

const nsByUnit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86400e9,
};
const bytesByUnit: Readonly<Record<string, number>> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** A number in the field's own unit: `500`, `250ms` and `1m30s` as nanoseconds, `4KiB` as bytes. */
export function parseQuantity(text: string, unit: "ns" | "bytes" | undefined): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (unit === "ns") return parseDuration(text);
  if (unit === "bytes") return parseSize(text);
  return undefined;
}

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)/g)) {
    sum += Number(amount) * nsByUnit[unit!]!;
  }
  return Math.round(sum);
}

function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?i?b|[kmgt])$/i.exec(text);
  const factor = bytesByUnit[match?.[2]?.toLowerCase() ?? ""];
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}

/** Half-open: a time that is given to the minute stands for the whole minute. Nanoseconds since the epoch. */
export interface TimeSpan {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const nsPerMs = 1_000_000n;

/**
 * `now`, `now-15m`, `2026-11-22`, `2026-11-22T18:00`, `…T18:00:00.123456789Z` with any offset (UTC without one),
 * or milliseconds since the epoch. `nowMs` is asked for relative times only.
 */
export function parseTimeSpan(text: string, nowMs: () => number): TimeSpan | undefined {
  const relative = /^now(?:([+-])(\d{1,9}(?:\.\d+)?(?:ms|s|m|h|d)|\d{1,6}w))?$/.exec(text);
  if (relative) {
    const shift =
      parseDuration((relative[2] ?? "0s").replace(/^(\d+)w$/, (_, weeks) => `${weeks * 7}d`)) ?? 0;
    const shiftNs = BigInt(shift) * (relative[1] === "-" ? -1n : 1n);
    const fromNs = BigInt(Math.floor(nowMs())) * nsPerMs + shiftNs;
    return { fromNs, toNs: fromNs + 1n };
  }
  if (/^\d{11,14}$/.test(text)) {
    const fromNs = BigInt(text) * nsPerMs;
    return { fromNs, toNs: fromNs + nsPerMs };
  }
  return parseCalendarSpan(text);
}

const calendarPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

function parseCalendarSpan(text: string): TimeSpan | undefined {
  const match = calendarPattern.exec(text);
  if (!match) return undefined;
  const [, day, minute, second, fraction, zone] = match;
  // A day that the month does not have would silently become one of the next month.
  if (parseNanos(`${day}T00:00:00Z`) === undefined || !isDay(day!)) return undefined;
  const fromNs = parseNanos(`${day}T${minute ?? "00:00"}:${second ?? "00"}.${fraction ?? "0"}${zone ?? "Z"}`);
  if (fromNs === undefined) return undefined;
  const lengthNs =
    fraction !== undefined
      ? 10n ** BigInt(9 - fraction.length)
      : second !== undefined
        ? 1_000_000_000n
        : minute !== undefined
          ? 60_000_000_000n
          : 86_400_000_000_000n;
  return { fromNs, toNs: fromNs + lengthNs };
}

function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
