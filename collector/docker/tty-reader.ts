import { type FrameSink, type FrameSource, grown } from "./frame-reader.ts";

/** Docker cuts lines at this many bytes of text. Source: moby daemon/logger/copier.go `defaultBufSize`. */
const partBytes = 16 * 1024;
/** A part's text grows to three times that when every byte of it was invalid UTF-8 (json-file writes U+FFFD). */
const partBytesMax = 3 * partBytes;
/** No timestamp that we know is longer; one without a space in its first bytes is none. */
const stampBytesMax = 48;

const newline = 0x0a;
const space = 0x20;

/**
 * Cuts the body of a logs response of a container with a TTY. There are no frames in it, only `<time> <text>\n`;
 * the parts of a long line follow each other without a newline, each with the time of the line's first part
 * again. So a part ends at a newline, or where the part's own time stands again after at least 16 KiB of text.
 * Everything is standard output.
 */
export class TtyReader implements FrameSource {
  #part: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Bytes of the part that were looked through already. */
  #seen = 0;

  get pendingBytes(): number {
    return this.#length;
  }

  push(chunk: Buffer, length: number, sink: FrameSink): void {
    const bytes = chunk.subarray(0, length);
    let at = 0;
    while (at < length) {
      const found = bytes.indexOf(newline, at);
      const until = found < 0 ? length : found + 1;
      const whole = found >= 0;
      if (whole && this.#length === 0 && until - at <= partBytes) sink(1, chunk, at, until);
      else this.#append(chunk, at, until, whole, sink);
      at = until;
    }
  }

  /** What is left is the container's last line, printed without a newline. */
  end(sink: FrameSink): void {
    this.#cutParts(sink);
    if (this.#length > 0) sink(1, this.#part, 0, this.#length);
    this.#length = 0;
    this.#seen = 0;
  }

  #append(chunk: Buffer, start: number, end: number, whole: boolean, sink: FrameSink): void {
    this.#part = grown(this.#part, this.#length, end - start);
    chunk.copy(this.#part, this.#length, start, end);
    this.#length += end - start;
    this.#cutParts(sink);
    if (!whole) return;
    sink(1, this.#part, 0, this.#length);
    this.#length = 0;
    this.#seen = 0;
  }

  /** Gives out the parts that are followed by their own time again. */
  #cutParts(sink: FrameSink): void {
    for (;;) {
      const seam = this.#seam();
      if (seam < 0) return;
      sink(1, this.#part, 0, seam);
      this.#part.copyWithin(0, seam, this.#length);
      this.#length -= seam;
      this.#seen = 0;
    }
  }

  /** Where the next part of the same line begins; -1 when it is not there (yet). */
  #seam(): number {
    if (this.#length < partBytes) return -1;
    const stampEnd = this.#part.subarray(0, Math.min(this.#length, stampBytesMax)).indexOf(space) + 1;
    if (stampEnd === 0) return -1;
    const stamp = this.#part.subarray(0, stampEnd);
    const from = Math.max(stampEnd + partBytes, this.#seen);
    const until = Math.min(this.#length, stampEnd + partBytesMax + stampEnd);
    if (from >= until) return -1;
    const found = this.#part.subarray(from, until).indexOf(stamp);
    this.#seen = Math.max(from, until - stampEnd);
    return found < 0 ? -1 : from + found;
  }
}
