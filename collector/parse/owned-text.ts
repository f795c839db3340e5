/**
 * The same text with memory of its own. A slice of a line keeps the whole line (up to 1 MiB) alive, so what is
 * remembered from line to line is copied first.
 */
export function owned(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
