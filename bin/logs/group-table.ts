import type { Group } from "./client.ts";
import { terminalText } from "./terminal-text.ts";

/** The answer of a pipe as a table: the grouping fields on the left, the count on the right. */
export function groupTable(by: readonly string[], groups: readonly Group[]): string {
  const rows = groups.map(({ key, count }) => [...key.map(cellText), count.toLocaleString("en-GB")]);
  const table = [[...by, "count"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => lineText(row, widths)).join("\n");
}

function cellText(value: Group["key"][number]): string {
  return value === null ? "–" : terminalText(String(value));
}

function lineText(row: readonly string[], widths: readonly number[]): string {
  const last = row.length - 1;
  return row
    .map((cell, column) => (column === last ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
    .join("  ");
}
