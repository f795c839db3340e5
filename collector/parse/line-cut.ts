import { lineBytesMax } from "./limits.ts";

/**
 * How many of the line's bytes to keep: all, or as many as `bytesMax` allows without splitting a character of
 * UTF-8 (a following byte is `10xxxxxx`). Readers cut with this before they decode.
 */
export function bytesKept(line: Uint8Array, bytesMax: number = lineBytesMax): number {
  if (line.length <= bytesMax) return line.length;
  let end = bytesMax;
  while (end > 0 && (line[end]! & 0xc0) === 0x80) end--;
  return end;
}

/** The first `bytesMax` bytes of a text as UTF-8, whole characters; the same text when it is not longer. */
export function cutText(text: string, bytesMax: number = lineBytesMax): string {
  // One UTF-16 unit takes at most three bytes, so short lines need no count.
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.from(text, "utf8");
  const kept = bytesKept(bytes, bytesMax);
  return kept === bytes.length ? text : bytes.toString("utf8", 0, kept);
}
