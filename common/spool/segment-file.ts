import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { messageOf, SeamarkError } from "../base/errors.ts";
import type { SegmentKind } from "../wire/ingest.ts";
import type { Json } from "./spool.ts";

/**
 * A segment file is a skippable zstd frame with the header and one zstd frame with the rows, so every zstd reader
 * reads the rows and steps over the header. Source: RFC 8878, section 3.1.2 (skippable frames).
 *
 * ```
 * 4 bytes  0x184D2A50, little-endian     skippable frame
 * 4 bytes  length of the rest            little-endian
 * 4 bytes  "SMK1"
 * 4 bytes  crc32 of the header           little-endian
 * n bytes  the header as JSON
 * m bytes  the body
 * ```
 */
export interface SegmentHeader {
  readonly sequence: number;
  readonly kind: SegmentKind;
  readonly rows: number;
  readonly createdMs: number;
  readonly bodyBytes: number;
  readonly bodyCrc32: number;
  readonly positions: Readonly<Record<string, Json>>;
  readonly meta: Readonly<Record<string, Json>>;
}

export interface ReadHeader {
  readonly header: SegmentHeader;
  /** Where the body starts. */
  readonly bodyOffset: number;
  readonly fileBytes: number;
}

const skippableMagic = 0x184d2a50;
const ownMagic = Buffer.from("SMK1");
const fixedBytes = 16;
/** Most headers fit into the first read. */
const firstReadBytes = 16 * 1024;
/** Positions of a thousand busy containers; a header that claims more is not one of ours. */
export const headerBytesMax = 16 * 1024 * 1024;

/** The bytes before the body. */
export function encodeHeader(header: SegmentHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  if (json.length > headerBytesMax) {
    throw new SeamarkError("too_large", `the positions of a segment take ${json.length} bytes`, {
      hint: `at most ${headerBytesMax} bytes fit into a segment's header`,
    });
  }
  const out = Buffer.allocUnsafe(fixedBytes + json.length);
  out.writeUInt32LE(skippableMagic, 0);
  out.writeUInt32LE(json.length + 8, 4);
  ownMagic.copy(out, 8);
  out.writeUInt32LE(crc32(json), 12);
  json.copy(out, fixedBytes);
  return out;
}

/** Reads a segment's header, never more than `headerBytesMax`. Rejects with `corrupt` when it is not whole. */
export async function readHeader(path: string): Promise<ReadHeader> {
  const file = await open(path, "r");
  try {
    const fileBytes = (await file.stat()).size;
    const start = await readAt(file, 0, Math.min(firstReadBytes, fileBytes));
    const jsonBytes = jsonLength(start, fileBytes);
    const end = fixedBytes + jsonBytes;
    const whole = end <= start.length ? start : await readAt(file, 0, end);
    const json = whole.subarray(fixedBytes, end);
    if (crc32(json) !== whole.readUInt32LE(12)) throw corrupt("the header's checksum is wrong");
    const header = JSON.parse(json.toString()) as SegmentHeader;
    return { header, bodyOffset: end, fileBytes };
  } finally {
    await file.close();
  }
}

/** Why the file cannot hold the segment that its header tells of; undefined when it can. */
export function mismatch(read: ReadHeader, sequence: number): string | undefined {
  const { header, bodyOffset, fileBytes } = read;
  if (header.sequence !== sequence) return `the header is that of segment ${header.sequence}`;
  const expected = bodyOffset + header.bodyBytes;
  if (fileBytes !== expected) return `the file has ${fileBytes} bytes where ${expected} were written`;
  return undefined;
}

/** The body, checked. Rejects with `corrupt`. */
export async function readBodyAt(
  path: string,
  bodyOffset: number,
  bodyBytes: number,
  bodyCrc32: number,
): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const body = await readAt(file, bodyOffset, bodyBytes);
    if (crc32(body) !== bodyCrc32) throw corrupt("the body's checksum is wrong");
    return body;
  } catch (error) {
    if (error instanceof SeamarkError) throw error;
    throw corrupt(messageOf(error));
  } finally {
    await file.close();
  }
}

function jsonLength(start: Buffer, fileBytes: number): number {
  if (start.length < fixedBytes) throw corrupt("the file is shorter than a header");
  if (start.readUInt32LE(0) !== skippableMagic || !start.subarray(8, 12).equals(ownMagic)) {
    throw corrupt("the file does not start with a segment's header");
  }
  const jsonBytes = start.readUInt32LE(4) - 8;
  if (jsonBytes < 2 || jsonBytes > headerBytesMax) throw corrupt("the header's length is impossible");
  if (fixedBytes + jsonBytes > fileBytes) throw corrupt("the file ends within its header");
  return jsonBytes;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const out = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(out, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw corrupt("the file is shorter than it was");
    filled += bytesRead;
  }
  return out;
}

function corrupt(what: string): SeamarkError {
  return new SeamarkError("corrupt", what);
}
