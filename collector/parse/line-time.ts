import { owned } from "./owned-text.ts";

/**
 * Reads the time that a line states of itself, and gives it as RFC 3339 in UTC with up to nine digits of fraction.
 * Only times that the stores can hold pass (1970 to 2261, days that exist): one impossible date would make a store
 * refuse the row.
 */
const yearMin = 1970;
const dayEnd = Date.UTC(2262, 0) / 86_400_000;
const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Where a local time and Docker's time of the line differ by a whole offset, give or take this, the offset is it. */
const offsetToleranceSeconds = 60;
const offsetMaxSeconds = 14 * 3600;
const offsetStepSeconds = 15 * 60;

/** A text that no line holds at any place. */
const noMinute = "\n";

/** Not shared: it remembers the last day's, minute's and second's text, because neighbouring lines mostly have the same. */
export class LineTime {
  /** Where the time that was read last ends in the text. */
  end = 0;
  #second = Number.NaN;
  #secondText = "";
  #day = Number.NaN;
  #dayText = "";
  /** The last minute as it was printed, and its start in seconds since 1970, local. */
  #isoMinute = noMinute;
  #isoMinuteStart = Number.NaN;
  #clfMinute = noMinute;
  #clfMinuteStart = Number.NaN;

  /**
   * `2026-11-22T18:00:00.123Z`, with a blank for the T, `/` for `-`, a comma for the point, and as zone `Z`,
   * `+01:00`, `+0100`, ` +0100`, ` UTC` or none. `timeMs` is Docker's time, for lines without a zone.
   */
  iso(text: string, at: number, timeMs: number): string | undefined {
    if (text.startsWith(this.#isoMinute, at))
      return this.#withSeconds(text, at + 16, this.#isoMinuteStart, timeMs);
    const year = four(text, at);
    const dash = text.charCodeAt(at + 4);
    if (!(year >= yearMin) || (dash !== 45 && dash !== 47) || text.charCodeAt(at + 7) !== dash)
      return undefined;
    const separator = text.charCodeAt(at + 10);
    if (separator !== 84 && separator !== 32 && separator !== 116) return undefined;
    const minute = minuteStart(dayNumber(year, two(text, at + 5), two(text, at + 8)), text, at + 11);
    if (Number.isNaN(minute)) return undefined;
    this.#isoMinute = owned(text.slice(at, at + 16));
    this.#isoMinuteStart = minute;
    return this.#withSeconds(text, at + 16, minute, timeMs);
  }

  /** `10/Oct/2000:13:55:36 -0700`, also with a fraction, a blank before the clock, or without a zone. */
  clf(text: string, at: number, timeMs: number): string | undefined {
    if (text.startsWith(this.#clfMinute, at))
      return this.#withSeconds(text, at + 17, this.#clfMinuteStart, timeMs);
    if (text.charCodeAt(at + 2) !== 47 || text.charCodeAt(at + 6) !== 47) return undefined;
    const separator = text.charCodeAt(at + 11);
    if (separator !== 58 && separator !== 32) return undefined;
    const days = dayNumber(four(text, at + 7), monthNumber(text, at + 3), two(text, at));
    const minute = minuteStart(days, text, at + 12);
    if (Number.isNaN(minute)) return undefined;
    this.#clfMinute = owned(text.slice(at, at + 17));
    this.#clfMinuteStart = minute;
    return this.#withSeconds(text, at + 17, minute, timeMs);
  }

  /** klog's `1122 18:00:00.123456`, without a year and a zone: both come from Docker's time. */
  klog(text: string, at: number, timeMs: number): string | undefined {
    const days = dayNumber(new Date(timeMs).getUTCFullYear(), two(text, at), two(text, at + 2));
    if (text.charCodeAt(at + 4) !== 32) return undefined;
    return this.#withSeconds(text, at + 10, minuteStart(days, text, at + 5), timeMs);
  }

  /**
   * A number of seconds, milliseconds, microseconds or nanoseconds since 1970: which one, its size tells (each
   * is read for times from 1973 on). A fraction is read for seconds and milliseconds.
   */
  epoch(value: number | string): string | undefined {
    if (typeof value === "number" && value >= 1e11 && value < 1e13 && Number.isInteger(value)) {
      const second = Math.floor(value / 1000);
      return this.#text(second, String(value - second * 1000).padStart(3, "0"));
    }
    const text = String(value);
    const point = text.indexOf(".");
    const whole = point < 0 ? text : text.slice(0, point);
    const fraction = point < 0 ? "" : text.slice(point + 1);
    if (!isDigits(whole) || (fraction !== "" && !isDigits(fraction))) return undefined;
    const secondDigits = secondDigitsOf(whole.length, fraction !== "");
    if (secondDigits === 0) return undefined;
    return this.#text(
      Number(whole.slice(0, secondDigits)),
      (whole.slice(secondDigits) + fraction).slice(0, 9),
    );
  }

  /** Goes on behind the minute, at `:36.123 -0700`; `minute` is its start in seconds, NaN when there is none. */
  #withSeconds(text: string, at: number, minute: number, timeMs: number): string | undefined {
    const second = two(text, at + 1);
    if (text.charCodeAt(at) !== 58 || !(second < 60) || Number.isNaN(minute)) return undefined;
    const fractionEnd = endOfFraction(text, at + 3);
    const fraction = fractionEnd > at + 3 ? text.slice(at + 4, Math.min(fractionEnd, at + 13)) : "";
    const local = minute + second;
    const offset = this.#offset(text, fractionEnd, local, timeMs);
    return this.#text(local - offset, fraction);
  }

  /** Seconds east of UTC, and `end` after the zone. */
  #offset(text: string, at: number, local: number, timeMs: number): number {
    this.end = at;
    const code = text.charCodeAt(at);
    if (code === 90 || code === 122) {
      this.end = at + 1;
      return 0;
    }
    const blanks = code === 32 ? 1 : 0;
    const sign = text.charCodeAt(at + blanks);
    if (sign === 43 || sign === 45) {
      const offset = this.#numericOffset(text, at + blanks + 1);
      if (offset >= 0) return sign === 45 ? -offset : offset;
    }
    if (blanks === 1 && (text.startsWith("UTC", at + 1) || text.startsWith("GMT", at + 1))) {
      this.end = at + 4;
      return 0;
    }
    return offsetOf(local, timeMs);
  }

  /** `0100` or `01:00`; -1 when it is neither. */
  #numericOffset(text: string, at: number): number {
    const hours = two(text, at);
    const minutesAt = text.charCodeAt(at + 2) === 58 ? at + 3 : at + 2;
    const minutes = two(text, minutesAt);
    if (!(hours <= 14 && minutes < 60)) return -1;
    this.end = minutesAt + 2;
    return hours * 3600 + minutes * 60;
  }

  #text(second: number, fraction: string): string | undefined {
    if (second !== this.#second) {
      const day = Math.floor(second / 86_400);
      if (day !== this.#day && !this.#setDay(day)) return undefined;
      const rest = second - day * 86_400;
      const hour = Math.floor(rest / 3600);
      const minute = Math.floor(rest / 60) % 60;
      this.#second = second;
      this.#secondText = `${this.#dayText}T${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[rest % 60]}`;
    }
    return fraction === "" ? `${this.#secondText}Z` : `${this.#secondText}.${fraction}Z`;
  }

  #setDay(day: number): boolean {
    if (!(day >= 0 && day < dayEnd)) return false;
    this.#day = day;
    this.#dayText = new Date(day * 86_400_000).toISOString().slice(0, 10);
    return true;
  }
}

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

/**
 * The offset of a local time without a zone. Containers mostly run in UTC; where the difference to Docker's time of
 * the line is a whole quarter of an hour, give or take a minute, that difference is the zone.
 */
function offsetOf(localSeconds: number, timeMs: number): number {
  const difference = localSeconds - timeMs / 1000;
  const offset = Math.round(difference / offsetStepSeconds) * offsetStepSeconds;
  if (Math.abs(offset) > offsetMaxSeconds || Math.abs(difference - offset) > offsetToleranceSeconds) return 0;
  return offset;
}

/** Seconds since 1970 at the start of the minute `13:55`; NaN when the clock or the day is none. */
function minuteStart(days: number, text: string, at: number): number {
  const hour = two(text, at);
  const minute = two(text, at + 3);
  if (text.charCodeAt(at + 2) !== 58 || !(days >= 0 && hour < 24 && minute < 60)) return Number.NaN;
  return days * 86_400 + hour * 3600 + minute * 60;
}

/** How many of the whole digits are seconds; 0 when the number is no time. */
function secondDigitsOf(digits: number, hasFraction: boolean): number {
  if (digits === 9 || digits === 10) return digits;
  if (digits === 12 || digits === 13) return digits - 3;
  if (hasFraction) return 0;
  if (digits === 15 || digits === 16) return digits - 6;
  return digits === 18 || digits === 19 ? digits - 9 : 0;
}

/** Two digits as a number; NaN, which fails every comparison, when they are not. */
export function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function four(text: string, at: number): number {
  return two(text, at) * 100 + two(text, at + 2);
}

/** 1..12, NaN for what is no English month. */
export function monthNumber(text: string, at: number): number {
  const place = months.indexOf(text.slice(at, at + 3));
  return place >= 0 && place % 3 === 0 ? place / 3 + 1 : Number.NaN;
}

/** Days since 1970; NaN for a day that does not exist. Source: https://howardhinnant.github.io/date_algorithms.html */
function dayNumber(year: number, month: number, day: number): number {
  const longest = monthDays[month - 1];
  if (!(longest !== undefined && day >= 1 && day <= longest && year >= yearMin)) return Number.NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2 && day === 29 && !leap) return Number.NaN;
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The end of `.123` or `,123`; the start when there is no fraction. */
function endOfFraction(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== 46 && code !== 44) return at;
  let end = at + 1;
  while (isDigit(text.charCodeAt(end))) end++;
  return end === at + 1 ? at : end;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return text.length > 0;
}
