/** How times are shown and read: in UTC or in the browser's zone. */
export interface Zone {
  readonly id: "utc" | "local";
  /** `UTC`, `Europe/Berlin`. */
  readonly name: string;
  /** Minutes east of UTC at that time. */
  offsetMinutes(ms: number): number;
}

export const utcZone: Zone = { id: "utc", name: "UTC", offsetMinutes: () => 0 };

export const localZone: Zone = {
  id: "local",
  name: Intl.DateTimeFormat().resolvedOptions().timeZone,
  offsetMinutes: (ms) => -new Date(ms).getTimezoneOffset(),
};

const msPerMinute = 60_000;

/** `2026-11-22T14:07:00.123` of the wall clock in that zone; the base of all formats here. */
function wallText(ms: number, zone: Zone): string {
  return new Date(ms + zone.offsetMinutes(ms) * msPerMinute).toISOString().slice(0, 23);
}

/** Milliseconds since the epoch of a wall clock text `YYYY-MM-DDTHH:MM:SS[.mmm]` in that zone. */
export function wallToMs(text: string, zone: Zone): number {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return Number.NaN;
  // The offset at the guess may differ from that at the answer around a clock change; the second round settles it.
  const guess = asUtc - zone.offsetMinutes(asUtc) * msPerMinute;
  return asUtc - zone.offsetMinutes(guess) * msPerMinute;
}

/** `14:07`. */
export function formatMinute(ms: number, zone: Zone): string {
  return wallText(ms, zone).slice(11, 16);
}

/** `14:07:30`. */
export function formatSecond(ms: number, zone: Zone): string {
  return wallText(ms, zone).slice(11, 19);
}

/** `14:07:30.123`. */
export function formatMillisecond(ms: number, zone: Zone): string {
  return wallText(ms, zone).slice(11, 23);
}

/** `2026-11-22`. */
export function formatDay(ms: number, zone: Zone): string {
  return wallText(ms, zone).slice(0, 10);
}

/** `2026-11-22 14:07:30`. */
export function formatDayTime(ms: number, zone: Zone): string {
  return wallText(ms, zone).slice(0, 19).replace("T", " ");
}

/** Midnight of the day in that zone, milliseconds since the epoch. */
export function dayStartMs(ms: number, zone: Zone): number {
  return wallToMs(`${formatDay(ms, zone)}T00:00:00`, zone);
}

/** `14:07`, `14:07:30`, or with the day, whichever the step between two labels needs. */
export function formatTick(ms: number, stepMs: number, zone: Zone): string {
  const wall = wallText(ms, zone);
  if (stepMs >= 86_400_000) return wall.slice(5, 10);
  if (wall.slice(11, 19) === "00:00:00") return wall.slice(5, 10);
  return wall.slice(11, stepMs % msPerMinute === 0 ? 16 : 19);
}

/** `14:07 – 14:37`, with days where they differ or are not today, with seconds where they matter. */
export function formatInterval(fromMs: number, toMs: number, nowMs: number, zone: Zone): string {
  const seconds = toMs - fromMs < 120_000 || fromMs % msPerMinute !== 0 || toMs % msPerMinute !== 0;
  const time = seconds && toMs - fromMs < 3_600_000 ? formatSecond : formatMinute;
  const fromDay = formatDay(fromMs, zone);
  const toDay = formatDay(toMs, zone);
  if (fromDay !== toDay)
    return `${fromDay.slice(5)} ${time(fromMs, zone)} – ${toDay.slice(5)} ${time(toMs, zone)}`;
  const day = fromDay === formatDay(nowMs, zone) ? "" : `${fromDay.slice(5)} `;
  return `${day}${time(fromMs, zone)} – ${time(toMs, zone)}`;
}
