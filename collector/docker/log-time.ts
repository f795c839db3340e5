import { formatNanos, parseNanos } from "../../common/base/nanotime.ts";

/** `2026-11-22T18:00:00.123456789Z`: what Docker puts before every part, always with nine digits. */
const stampBytes = 30;
const longestStampBytes = 48;

export interface Stamp {
  /** RFC 3339 in UTC with nine digits, so that comparing texts compares times. */
  readonly time: string;
  /** Where the text begins: after the time and its space. */
  readonly textStart: number;
}

/** The time at the front of the bytes [start, end); undefined when there is none. */
export function readStamp(buffer: Buffer, start: number, end: number): Stamp | undefined {
  const plain = start + stampBytes;
  if (plain < end && buffer[plain] === 0x20 && buffer[plain - 1] === 0x5a && buffer[start + 19] === 0x2e) {
    return { time: buffer.toString("latin1", start, plain), textStart: plain + 1 };
  }
  // Some drivers of older daemons print the host's own zone instead of UTC.
  const gap = buffer.subarray(start, Math.min(end, start + longestStampBytes)).indexOf(0x20);
  if (gap < 0) return undefined;
  const nanos = parseNanos(buffer.toString("latin1", start, start + gap));
  return nanos === undefined ? undefined : { time: formatNanos(nanos), textStart: start + gap + 1 };
}

/** Milliseconds of a nine-digit UTC time; remembers the last day, because lines come in order. */
export class StampClock {
  #day = "";
  #dayMs = 0;

  toMs(time: string): number {
    if (!time.startsWith(this.#day) || this.#day === "") {
      this.#day = time.slice(0, 10);
      this.#dayMs = Date.parse(`${this.#day}T00:00:00Z`);
    }
    const seconds = two(time, 11) * 3600 + two(time, 14) * 60 + two(time, 17);
    return this.#dayMs + seconds * 1000 + two(time, 20) * 10 + (time.charCodeAt(22) - 48);
  }
}

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + (text.charCodeAt(at + 1) - 48);
}

/** A time as the logs API takes it in `since`: Unix seconds with nine digits of fraction, exact. */
export function toSince(time: string): string {
  const nanos = parseNanos(time);
  if (nanos === undefined) throw new Error(`not a time: ${time}`);
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${(nanos - fraction) / 1_000_000_000n}.${String(fraction).padStart(9, "0")}`;
}

/** The least of some nine-digit times; undefined of none. */
export function earliest(times: Iterable<string>): string | undefined {
  let least: string | undefined;
  for (const time of times) if (least === undefined || time < least) least = time;
  return least;
}

/** The latest of some nine-digit times; undefined of none. */
export function latest(times: Iterable<string>): string | undefined {
  let last: string | undefined;
  for (const time of times) if (last === undefined || time > last) last = time;
  return last;
}
