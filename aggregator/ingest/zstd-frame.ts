/** What the header of a zstd frame says, and where the frame ends. */
export interface ZstdFrame {
  /** Bytes that the frame takes. */
  readonly frameBytes: number;
  /** Of the content; absent when the frame does not say. */
  readonly contentBytes?: number;
  /** What a reader must hold. */
  readonly windowBytes: number;
}

const magic = 0xfd2fb528;
const dictionaryIdBytes = [0, 1, 2, 4];

/**
 * Walks over the blocks of a frame without decompressing it; undefined when there is no whole frame. It is needed
 * because zlib stops at the end of the first frame and says nothing of bytes that follow.
 * Source: RFC 8878, section 3.1.1.
 */
export function readZstdFrame(bytes: Buffer): ZstdFrame | undefined {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== magic) return undefined;
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) return undefined;
  let at = 5;
  let windowBytes = 0;
  if (!isSingle) {
    const window = bytes[at++]!;
    const base = 2 ** (10 + (window >> 3));
    windowBytes = base + (base / 8) * (window & 7);
  }
  at += dictionaryIdBytes[descriptor & 3]!;
  const sizeBytes = contentSizeBytes(descriptor >> 6, isSingle);
  if (at + sizeBytes > bytes.length) return undefined;
  const contentBytes = readContentSize(bytes, at, sizeBytes);
  const blocksEnd = skipBlocks(bytes, at + sizeBytes);
  if (blocksEnd === undefined) return undefined;
  const frameBytes = blocksEnd + ((descriptor & 0x04) !== 0 ? 4 : 0);
  if (frameBytes > bytes.length) return undefined;
  if (isSingle) windowBytes = contentBytes ?? 0;
  return { frameBytes, windowBytes, ...(contentBytes === undefined ? {} : { contentBytes }) };
}

function contentSizeBytes(flag: number, isSingle: boolean): number {
  if (flag === 0) return isSingle ? 1 : 0;
  return 2 ** flag;
}

function readContentSize(bytes: Buffer, at: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (length === 1) return bytes[at]!;
  if (length === 2) return bytes.readUInt16LE(at) + 256;
  if (length === 4) return bytes.readUInt32LE(at);
  return Number(bytes.readBigUInt64LE(at));
}

function skipBlocks(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (;;) {
    if (at + 3 > bytes.length) return undefined;
    const header = bytes.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    if (type === 3) return undefined;
    // A run-length block holds its one byte, whatever its size says.
    at += 3 + (type === 1 ? 1 : header >> 3);
    if (at > bytes.length) return undefined;
    if ((header & 1) === 1) return at;
  }
}
