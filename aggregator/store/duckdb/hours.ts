export const hourNs = 3_600_000_000_000n;
export const minuteNs = 60_000_000_000n;

/** The file of an hour: `logs-2026112218-0.duckdb` for the first part of 18:00 to 19:00 UTC. */
export function nameOfHour(hour: number, index: number): string {
  const digits = new Date(hour * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 10);
  return `logs-${digits}-${index}.duckdb`;
}

/** The hour since the epoch and the part that a file name stands for; undefined when it is another file. */
export function hourOfName(name: string): { hour: number; index: number } | undefined {
  const match = /^logs-(\d{4})(\d\d)(\d\d)(\d\d)-(\d{1,4})\.duckdb$/.exec(name);
  if (!match) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), Number(match[4]));
  return { hour: ms / 3_600_000, index: Number(match[5]) };
}

/** Times are bigint, which Math does not take. */
export function earlier(a: bigint, b: bigint): bigint {
  if (b < a) return b;
  return a;
}

export function later(a: bigint, b: bigint): bigint {
  if (b > a) return b;
  return a;
}
