import type { FrameHash } from "./frame-hash.ts";

const capacityMin = 1024;
/** A ring that was filled faster than this holds too little of what the daemon may repeat. */
const refillMs = 10_000;

/**
 * The hashes of a container's last frames, in the order of arrival, 8 bytes each. It doubles while it is overwritten
 * in less than ten seconds, up to what one rotated file can hold: Docker 20.10 reads a fresh file from its
 * start again when it is shorter than the one before (moby loggerutils/follow.go, the special case #39235), so what
 * it repeats was written since the rotation. Always on: no reconnect is needed for that.
 */
export class ReplayRing {
  #a: Int32Array;
  #b: Int32Array;
  /** Index of the next write. */
  #head = 0;
  #size = 0;
  #wrappedMs = 0;
  readonly #capacityMax: number;

  constructor(capacityMax: number) {
    this.#capacityMax = Math.max(capacityMin, 2 ** Math.ceil(Math.log2(Math.max(1, capacityMax))));
    this.#a = new Int32Array(capacityMin);
    this.#b = new Int32Array(capacityMin);
  }

  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#a.length;
  }

  add(hash: FrameHash, nowMs: number): void {
    if (this.#head === this.#a.length) this.#wrap(nowMs);
    this.#a[this.#head] = hash.a;
    this.#b[this.#head] = hash.b;
    this.#head += 1;
    if (this.#size < this.#a.length) this.#size += 1;
  }

  clear(): void {
    this.#head = 0;
    this.#size = 0;
  }

  /** How many frames ago this one came, 0 for the newest; -1 when it is not in the ring. */
  ageOf(hash: FrameHash): number {
    const { a, b } = hash;
    for (let at = this.#head - 1; at >= 0; at--) {
      if (this.#a[at] === a && this.#b[at] === b) return this.#head - 1 - at;
    }
    if (this.#size < this.#a.length) return -1;
    for (let at = this.#a.length - 1; at >= this.#head; at--) {
      if (this.#a[at] === a && this.#b[at] === b) return this.#head - 1 - at + this.#a.length;
    }
    return -1;
  }

  /** Whether the frame that came `age` frames ago is this one. */
  isAt(age: number, hash: FrameHash): boolean {
    if (age < 0 || age >= this.#size) return false;
    let at = this.#head - 1 - age;
    if (at < 0) at += this.#a.length;
    return this.#a[at] === hash.a && this.#b[at] === hash.b;
  }

  #wrap(nowMs: number): void {
    const capacity = this.#a.length;
    const fast = nowMs - this.#wrappedMs < refillMs;
    this.#wrappedMs = nowMs;
    if (!fast || capacity >= this.#capacityMax) {
      this.#head = 0;
      return;
    }
    // The head stands at the end, so the order of arrival is the order of the array.
    this.#a = doubled(this.#a);
    this.#b = doubled(this.#b);
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
