import { parseDurationMs } from "../../common/base/config.ts";
import { messageOf } from "../../common/base/errors.ts";
import { formatNanos, msToNanos, parseNanos } from "../../common/base/nanotime.ts";
import { fieldOf } from "../../common/fields/dictionary.ts";
import type { TimeRange } from "../store/log-store.ts";
import { RequestError } from "./problem.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** No range is longer: the application counters are kept this long. */
const rangeMsMax = 400 * dayMs;
const earliestNs = msToNanos(Date.UTC(2000, 0, 1));
const latestNs = msToNanos(Date.UTC(2100, 0, 1));

/** A read's deadline when the request states none, and the longest that it can state; milliseconds. */
export const deadlineMsDefault = 10_000;
export const deadlineMsMax = 60_000;

/** The steps of a histogram, milliseconds. */
export const intervalSteps: readonly number[] = [
  ...[100, 250, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * minuteMs),
  ...[1, 7].map((days) => days * dayMs),
];

/** A histogram without a stated interval has at most this many buckets, one with it at most the second number. */
const bucketsWished = 120;
const bucketsMax = 2000;

/**
 * A time of a request as nanoseconds since the epoch: RFC 3339, epoch milliseconds, `now`, `now-15m`.
 * Throws a RequestError that names the parameter.
 */
export function parseTime(text: string, parameter: string, nowMs: number): bigint {
  const ns = relativeTime(text, nowMs) ?? absoluteTime(text);
  if (ns === undefined) {
    throw new RequestError("bad_request", `${parameter}: ${JSON.stringify(text)} is not a time.`, {
      hint: "RFC 3339 such as 2026-11-22T18:00:00Z (write + as %2B), milliseconds since 1970, or now-15m",
      where: { parameter },
    });
  }
  if (ns < earliestNs || ns >= latestNs) throw absurdTime(text, parameter);
  return ns;
}

function relativeTime(text: string, nowMs: number): bigint | undefined {
  const match = /^now(?:([+-])(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d|w))?$/.exec(text);
  if (!match) return undefined;
  if (match[1] === undefined) return msToNanos(nowMs);
  const week = match[3] === "w";
  const ms = parseDurationMs(`${match[2]}${week ? "d" : match[3]}`) * (week ? 7 : 1);
  return msToNanos(match[1] === "-" ? nowMs - ms : nowMs + ms);
}

function absoluteTime(text: string): bigint | undefined {
  if (/^\d{1,19}$/.test(text)) return BigInt(text) * 1_000_000n;
  // A `+` of a time zone that was not percent-encoded arrives as a space.
  const mended = text.replace(/ (?=\d{2}:?\d{2}$)/, "+");
  return parseNanos(mended) ?? parseNanos(`${text}T00:00:00Z`);
}

function absurdTime(text: string, parameter: string): RequestError {
  let hint = "Times lie between the years 2000 and 2100";
  if (/^\d{9,10}$/.test(text)) hint = `These look like seconds; milliseconds would be ${text}000`;
  if (/^\d{16,19}$/.test(text))
    hint = "These look like micro- or nanoseconds; state milliseconds or RFC 3339";
  return new RequestError("bad_request", `${parameter}: ${text} is outside of every log.`, {
    hint,
    where: { parameter },
  });
}

/** The range of a request; throws on a reversed, empty or absurd one. */
export function parseRange(from: string, to: string, nowMs: number): TimeRange {
  const fromNs = parseTime(from, "from", nowMs);
  const toNs = parseTime(to, "to", nowMs);
  if (fromNs >= toNs) {
    const reversed = fromNs > toNs ? "lies after" : "is the same as";
    throw new RequestError(
      "bad_request",
      `from (${formatNanos(fromNs)}) ${reversed} to (${formatNanos(toNs)}).`,
      {
        hint: fromNs > toNs ? "Exchange from and to" : "to is not part of the range; state a later one",
        where: { parameter: "from" },
      },
    );
  }
  if (toNs - fromNs > msToNanos(rangeMsMax)) {
    throw new RequestError("bad_request", "The range is longer than 400 days.", {
      hint: "Nothing is kept longer; state a later from",
      where: { parameter: "from" },
    });
  }
  return { fromNs, toNs };
}

/** A duration of a request in milliseconds; throws a RequestError that names the parameter. */
function parseSpanMs(text: string, parameter: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new RequestError("bad_request", `${parameter}: ${messageOf(error)}.`, { where: { parameter } });
  }
}

export function parseDeadlineMs(text: string | undefined): number {
  if (text === undefined) return deadlineMsDefault;
  const ms = parseSpanMs(text, "timeout");
  if (ms < 1 || ms > deadlineMsMax) {
    throw new RequestError("bad_request", `timeout: ${text} is not between 1ms and 60s.`, {
      where: { parameter: "timeout" },
    });
  }
  return ms;
}

/** The smallest step that keeps the range within about 120 buckets. */
export function sensibleIntervalMs(range: TimeRange, leastMs = 0): number {
  const rangeMs = Number(range.toNs - range.fromNs) / 1e6;
  const fits = intervalSteps.find((step) => step >= leastMs && rangeMs / step <= bucketsWished);
  return fits ?? intervalSteps.at(-1)!;
}

/** The histogram's interval in milliseconds: as stated, or a sensible one. */
export function parseIntervalMs(text: string | undefined, range: TimeRange): number {
  if (text === undefined) return sensibleIntervalMs(range);
  const ms = parseSpanMs(text, "interval");
  if (!intervalSteps.includes(ms)) {
    throw new RequestError("bad_request", `interval: ${text} is not one of the steps.`, {
      hint: "100ms 250ms 500ms 1s 2s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 7d",
      where: { parameter: "interval" },
    });
  }
  refuseManyBuckets(text, ms, range);
  return ms;
}

/** The interval of application figures, which are counted per minute: a multiple of one minute. */
export function parseMinutesMs(text: string | undefined, range: TimeRange): number {
  if (text === undefined) return sensibleIntervalMs(range, minuteMs);
  const ms = parseSpanMs(text, "interval");
  if (ms === 0 || ms % minuteMs !== 0) {
    throw new RequestError("bad_request", `interval: ${text} is not a multiple of 1m.`, {
      hint: "Applications are counted per minute; /logs/histogram has finer steps",
      where: { parameter: "interval" },
    });
  }
  refuseManyBuckets(text, ms, range);
  return ms;
}

function refuseManyBuckets(text: string, intervalMs: number, range: TimeRange): void {
  const buckets = Number(range.toNs - range.fromNs) / 1e6 / intervalMs;
  if (buckets <= bucketsMax) return;
  throw new RequestError(
    "bad_request",
    `interval: ${text} makes more than ${bucketsMax} buckets of this range.`,
    {
      hint: `Leave interval out, or state ${sensibleIntervalMs(range) / 1000}s`,
      where: { parameter: "interval" },
    },
  );
}

/** The dictionary's name of a field that is grouped by; a name that it lacks is one of `attrs`. */
export function groupField(name: string, parameter: string): string {
  const field = fieldOf(name);
  if (field === undefined || field.type === "keyword" || field.type === "boolean" || field.type === "long")
    return field?.name ?? name;
  throw new RequestError(
    "bad_request",
    `${parameter}: ${name} is ${field.type} and has no values to group by.`,
    {
      hint: "State a keyword, a number or a name that the lines themselves state",
      where: { parameter },
    },
  );
}

/** The dictionary's name of a field that has numbers. */
export function numberField(name: string, parameter: string): string {
  const field = fieldOf(name);
  if (field === undefined || field.type === "long" || field.type === "double") return field?.name ?? name;
  throw new RequestError("bad_request", `${parameter}: ${name} is ${field.type}, not a number.`, {
    hint: "Such as event.duration, bytes, or a number that the lines themselves state",
    where: { parameter },
  });
}
