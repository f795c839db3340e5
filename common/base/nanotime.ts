/**
 * Nanosecond times. A JavaScript `number` cannot hold 19 digits, so between the parts a time is either
 * an RFC 3339 text with up to nine digits of fraction (`2026-11-22T18:00:00.123456789Z`) or a `bigint`
 * of nanoseconds since the Unix epoch.
 */

const pattern = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?([Zz]|[+-]\d{2}:?\d{2})$/;

/** Nanoseconds since the epoch of an RFC 3339 time; undefined when the text is not one. */
export function parseNanos(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const zone = match[4] === "z" ? "Z" : match[4]!;
  const ms = Date.parse(`${match[1]}T${match[2]}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt((match[3] ?? "").padEnd(9, "0"));
}

/** RFC 3339 in UTC with nine digits, as Docker prints it and as every row carries it. */
export function formatNanos(nanos: bigint): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((nanos - fraction) / 1_000_000_000n);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(9, "0")}Z`;
}

/** Milliseconds since the epoch, rounded down. */
export function nanosToMs(nanos: bigint): number {
  return Number(nanos / 1_000_000n);
}

export function msToNanos(ms: number): bigint {
  return BigInt(Math.floor(ms)) * 1_000_000n;
}
