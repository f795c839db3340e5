import { dayStartMs, formatDay, formatInterval, wallToMs, type Zone } from "../format/zone.ts";

/**
 * A range as the URL holds it. Each end is `now`, `now-30m`, `today`, or RFC 3339 in UTC; the API takes the same
 * texts but `today`, which is resolved here because only the browser knows its zone.
 */
export interface RangeText {
  readonly from: string;
  readonly to: string;
}

export interface RangeMs {
  readonly fromMs: number;
  readonly toMs: number;
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export interface Preset {
  readonly label: string;
  readonly short: string;
  readonly range: RangeText;
}

const last = (label: string, short: string): Preset => ({
  label: `Last ${label}`,
  short,
  range: { from: `now-${short}`, to: "now" },
});

export const presets: readonly Preset[] = [
  last("5 min", "5m"),
  last("15 min", "15m"),
  last("30 min", "30m"),
  last("1 h", "1h"),
  last("6 h", "6h"),
  last("24 h", "24h"),
  last("7 days", "7d"),
  { label: "Today", short: "today", range: { from: "today", to: "now" } },
];

/** What one end means at that moment; NaN when the text is none. */
export function endMs(text: string, nowMs: number, zone: Zone): number {
  if (text === "now") return nowMs;
  if (text === "today") return dayStartMs(nowMs, zone);
  const relative = /^now-(\d{1,7})([smhdw])$/.exec(text);
  if (relative) return nowMs - Number(relative[1]) * unitMs[relative[2]!]!;
  return Date.parse(text);
}

/** Both ends in milliseconds; a range that is empty or unreadable becomes the last 30 minutes. */
export function resolveRange(range: RangeText, nowMs: number, zone: Zone): RangeMs {
  const fromMs = endMs(range.from, nowMs, zone);
  const toMs = endMs(range.to, nowMs, zone);
  if (fromMs < toMs) return { fromMs, toMs };
  return { fromMs: nowMs - 1_800_000, toMs: nowMs };
}

/** True when the range moves with the clock. */
export function isRelative(range: RangeText): boolean {
  return range.to === "now";
}

export function absoluteRange(range: RangeMs): RangeText {
  return { from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() };
}

/** The range before (-1) or after (+1), overlapping by half so that nothing is read out of sight. */
export function shiftRange(range: RangeMs, direction: -1 | 1, nowMs: number): RangeText {
  const lengthMs = range.toMs - range.fromMs;
  const toMs = range.toMs + (direction * lengthMs) / 2;
  if (toMs >= nowMs) return absoluteRange({ fromMs: nowMs - lengthMs, toMs: nowMs });
  return absoluteRange({ fromMs: toMs - lengthMs, toMs });
}

/**
 * What a person types for one end, as the text that the URL keeps: `2h`, `-90m`, `14:20`, `yesterday 9:00`,
 * `2026-11-22 14:07`, unix seconds or milliseconds, RFC 3339. Undefined when it is none of these.
 */
export function readEnd(typed: string, nowMs: number, zone: Zone): string | undefined {
  const text = typed.trim().toLowerCase();
  if (text === "now" || text === "today") return text;
  const relative = /^(?:now)?\s*-?\s*(\d{1,7})\s*(s|m|min|h|d|w)$/.exec(text);
  if (relative) return `now-${relative[1]}${relative[2]![0]}`;
  if (/^\d{13}$/.test(text)) return new Date(Number(text)).toISOString();
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1000).toISOString();
  return isoOf(wallEndMs(text, nowMs, zone));
}

function isoOf(ms: number): string | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function wallEndMs(text: string, nowMs: number, zone: Zone): number {
  const match =
    /^(?:(yesterday|today)|(\d{4}-\d{2}-\d{2}))?[t\s]*(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?\s*(z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    );
  if (!match || text === "") return Number.NaN;
  const [, word, date, hour, minute, second, fraction, offset] = match;
  const day = date ?? formatDay(word === "yesterday" ? dayStartMs(nowMs, zone) - 43_200_000 : nowMs, zone);
  const time = `${(hour ?? "0").padStart(2, "0")}:${minute ?? "00"}:${second ?? "00"}.${(fraction ?? "0").padEnd(3, "0")}`;
  if (offset) return Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  return wallToMs(`${day}T${time}`, zone);
}

/** What the picker's button says: the interval, and the preset's name beside it when it is one. */
export function rangeLabel(
  range: RangeText,
  nowMs: number,
  zone: Zone,
): { readonly interval: string; readonly name: string } {
  const exact = resolveRange(range, nowMs, zone);
  // A range that moves with the clock is not read to the second.
  const stepMs = isRelative(range) && exact.toMs - exact.fromMs >= 300_000 ? 60_000 : 1;
  const fromMs = Math.floor(exact.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(exact.toMs / stepMs) * stepMs;
  const preset = presets.find(({ range: { from, to } }) => from === range.from && to === range.to);
  const relative = /^now-(\d+)([smhdw])$/.exec(range.from);
  const name =
    preset?.label.toLowerCase() ??
    (relative && range.to === "now"
      ? `last ${relative[1]} ${relative[2] === "m" ? "min" : relative[2]}`
      : "");
  return { interval: formatInterval(fromMs, toMs, nowMs, zone), name };
}
