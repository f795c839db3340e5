import { formatDay, formatDayTime, formatSecond, type Zone } from "../format/zone.ts";

/**
 * Up to when an answer is complete, in words; nothing when it is complete to its end `to`. Times are RFC 3339. A
 * collector that has not read anything yet is complete to the epoch, which is no time to show to anybody.
 */
export function completeText(
  completeTo: string | null,
  to: string,
  nowMs: number,
  zone: Zone,
): string | undefined {
  if (completeTo === null) return "no host has reported yet";
  if (completeTo >= to) return undefined;
  const ms = Date.parse(completeTo);
  if (ms <= 0) return "not complete yet";
  const today = formatDay(ms, zone) === formatDay(nowMs, zone);
  return `complete to ${today ? formatSecond(ms, zone) : formatDayTime(ms, zone)}`;
}
