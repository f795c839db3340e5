/** Nanoseconds per unit, by what people append to a number. */
const nanosPer = new Map<string, number>([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["sec", 1e9],
  ["m", 60e9],
  ["min", 60e9],
  ["h", 3600e9],
]);

export type SpanUnit = "ns" | "us" | "ms" | "s";

/**
 * A length of time as whole nanoseconds. A number, or a text of only a number, counts in `unit`; a text with units
 * (`12.5ms`, `1m2.5s`, `0.12s`) is read as Go prints it. Undefined for what is none, is negative, or does not fit
 * 2^53.
 */
export function nanosOf(value: unknown, unit: SpanUnit): number | undefined {
  if (typeof value === "number") return whole(value * nanosPer.get(unit)!);
  if (typeof value !== "string" || value === "" || value.length > 32) return undefined;
  const plain = Number(value);
  return Number.isNaN(plain) ? nanosOfText(value) : whole(plain * nanosPer.get(unit)!);
}

/** `12ms`, `1m2.5s`, `3 ms`; undefined without a unit. */
export function nanosOfText(text: string): number | undefined {
  let total = 0;
  let at = 0;
  while (at < text.length) {
    const unitAt = skip(text, at, isNumberPart);
    const nameAt = skip(text, unitAt, (code) => code === 32);
    const end = skip(text, nameAt, (code) => !isNumberPart(code) && code !== 32);
    const factor = nanosPer.get(text.slice(nameAt, end));
    if (unitAt === at || factor === undefined) return undefined;
    total += Number(text.slice(at, unitAt)) * factor;
    at = end;
  }
  return at === 0 ? undefined : whole(total);
}

function whole(nanos: number): number | undefined {
  const rounded = Math.round(nanos);
  // Adding 0 turns -0 into 0.
  return rounded >= 0 && Number.isSafeInteger(rounded) ? rounded + 0 : undefined;
}

function skip(text: string, from: number, is: (code: number) => boolean): number {
  let at = from;
  while (at < text.length && is(text.charCodeAt(at))) at++;
  return at;
}

function isNumberPart(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}
