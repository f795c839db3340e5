/** A 64-bit hash as two signed 32-bit halves; one object is reused, because it is computed for every line. */
export interface FrameHash {
  a: number;
  b: number;
}

/**
 * Hashes the bytes [start, end) into `out`, four at a time in two independent lanes with MurmurHash3's constants,
 * rotations and final mix (A. Appleby, public domain, 2011). Not against an adversary: it only has to tell apart
 * the frames of one container, whose nanosecond times are part of the bytes.
 */
export function hashFrame(out: FrameHash, kind: number, buffer: Buffer, start: number, end: number): void {
  let a = 0x9747b28c ^ kind;
  let b = 0x2f9be6cc ^ kind;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    const word = buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
    const mixed = Math.imul(word, 0xcc9e2d51);
    a ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    b = Math.imul(b ^ word, 0x85ebca6b);
    b = (b << 11) | (b >>> 21);
  }
  let tail = end - start;
  for (; at < end; at++) tail = Math.imul(tail, 257) + buffer[at]!;
  out.a = finish(a ^ tail);
  out.b = finish(b ^ Math.imul(tail, 0x38495ab5) ^ a);
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** 16 hex digits. */
export function hashText(hash: FrameHash): string {
  return hex(hash.a) + hex(hash.b);
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, "0");
}
