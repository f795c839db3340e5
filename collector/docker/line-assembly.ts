import type { FrameHash } from "./frame-hash.ts";
import { grown } from "./frame-reader.ts";
import type { OpenParts } from "./replay-filter.ts";

/** A line is cut here, so that one endless line cannot fill the memory; what was cut is marked and counted. */
export const lineBytesMax = 1024 * 1024;

/** Hashes of parts that are kept: two numbers for each of the parts that a whole line of 1 MiB has, twice over. */
const partHashesMax = 256;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** The line of one stream that is printed in parts: Docker cuts at 16 KiB and marks a cut by the missing newline. */
export class OpenLine implements OpenParts {
  readonly time: string;
  readonly hashes: number[] = [];
  #text: Buffer = Buffer.alloc(0);
  #length = 0;
  #cut = false;

  constructor(time: string) {
    this.time = time;
  }

  /** Whether bytes were left out because the line is too long. */
  get truncated(): boolean {
    return this.#cut;
  }

  /** False until the first part is there, as after a restart, when the parts come once more. */
  get hasText(): boolean {
    return this.hashes.length > 0;
  }

  /** Copies the bytes [start, end), up to the limit of a line. */
  add(hash: FrameHash, buffer: Buffer, start: number, end: number): void {
    if (this.hashes.length >= partHashesMax) this.hashes.splice(0, 2);
    this.hashes.push(hash.a, hash.b);
    const room = lineBytesMax - this.#length;
    const bytes = Math.min(end - start, room);
    if (end - start > room && !isOnlyEnd(buffer, start + bytes, end)) this.#cut = true;
    this.#text = grown(this.#text, this.#length, bytes);
    buffer.copy(this.#text, this.#length, start, start + bytes);
    this.#length += bytes;
  }

  /** The text without its line end; decoded as a whole, so that a character cut by a seam is whole again. */
  text(): string {
    if (this.#cut) return this.#text.toString("utf8", 0, characterStart(this.#text, this.#length));
    return lineText(this.#text, 0, this.#length);
  }
}

/** The text of the bytes [start, end) without its line end. */
export function lineText(buffer: Buffer, start: number, end: number): string {
  let until = end;
  if (until > start && buffer[until - 1] === newline) until -= 1;
  if (until > start && buffer[until - 1] === carriageReturn) until -= 1;
  return buffer.toString("utf8", start, until);
}

export function endsLine(buffer: Buffer, start: number, end: number): boolean {
  return end > start && buffer[end - 1] === newline;
}

function isOnlyEnd(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (buffer[at] !== newline && buffer[at] !== carriageReturn) return false;
  }
  return true;
}

/** `end`, or the start of the UTF-8 character that `end` cuts. */
function characterStart(buffer: Buffer, end: number): number {
  let lead = end - 1;
  while (lead > 0 && end - lead < 4 && (buffer[lead]! & 0xc0) === 0x80) lead -= 1;
  const byte = buffer[lead]!;
  if (byte < 0xc0) return end;
  const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  return end - lead >= wanted ? end : lead;
}
