import { type FrameHash, hashText } from "./frame-hash.ts";
import { earliest } from "./log-time.ts";
import type { LogPosition } from "./position.ts";
import type { ResumeTarget } from "./resume.ts";

/** Frames whose times decide from when on a log is read again; the two streams may be this far out of order. */
const framesKept = 64;
/** Hashes that go into a position. */
const hashesStored = 8;
/** A mark is set every so many frames, and so many marks are kept: a restart reads about 4,096 frames again. */
const framesPerMark = 512;
const marksKept = 9;

/**
 * The last frames taken of a container and, coarser, the times of some before them: from these come the place to go on
 * at and the time to read from, early enough that the frames passed over after a restart fill the replay ring
 * with whatever the daemon may repeat next.
 */
export class RecentFrames {
  readonly #a = new Int32Array(framesKept);
  readonly #b = new Int32Array(framesKept);
  readonly #times: string[] = [];
  /** Frames since the last clear. */
  #count = 0;
  #ordinal = 0;
  #marks: string[] = [];
  /** The stored position until a frame is taken. */
  #stored: LogPosition | undefined;
  /** Where to read from when there is no last frame: after a gap. */
  #start: string | undefined;

  constructor(stored: LogPosition | undefined) {
    this.#stored = stored?.lastFrame ? stored : undefined;
    this.#start = stored?.lastFrame ? undefined : stored?.since;
    if (stored?.since !== undefined && stored.lastFrame) this.#marks.push(stored.since);
  }

  add(hash: FrameHash, time: string, ordinal: number): void {
    const at = this.#count % framesKept;
    this.#a[at] = hash.a;
    this.#b[at] = hash.b;
    this.#times[at] = time;
    this.#ordinal = ordinal;
    if (this.#count % framesPerMark === 0) {
      this.#marks.push(time);
      if (this.#marks.length > marksKept) this.#marks.shift();
    }
    this.#count += 1;
    this.#stored = undefined;
  }

  /** Forgets the frames, because the log does not have them any more; it is read from `start` on. */
  clear(start: string | undefined): void {
    this.#count = 0;
    this.#times.length = 0;
    this.#marks = [];
    this.#stored = undefined;
    this.#start = start;
  }

  /** Whether a frame was taken since the start or the last gap. */
  get any(): boolean {
    return this.#count > 0;
  }

  /** What to look for in the log; undefined when no frame was taken. */
  target(): Omit<ResumeTarget, "high"> | undefined {
    if (this.#stored?.lastFrame) return { ...this.#stored.lastFrame, recent: this.#stored.recent ?? [] };
    if (this.#count === 0) return undefined;
    return { hash: this.#hashOf(1), ordinal: this.#ordinal, recent: this.#hashes() };
  }

  /** The least time of the last frames and of the open lines: enough where the ring is still filled. */
  since(openTimes: readonly string[]): string | undefined {
    if (this.#count === 0) return this.#stored ? this.#stored.since : this.#start;
    return earliest([...this.#times, ...openTimes]);
  }

  /** As `since`, but about 4,096 frames earlier, so that the ring is filled again. */
  sinceToStore(openTimes: readonly string[]): string | undefined {
    if (this.#count === 0) return this.#stored ? this.#stored.since : this.#start;
    return earliest([...this.#times, ...openTimes, ...this.#marks]);
  }

  /** The part of a position that these frames are. */
  stored(): Pick<LogPosition, "lastFrame" | "recent"> {
    const target = this.target();
    if (!target) return {};
    return { lastFrame: { hash: target.hash, ordinal: target.ordinal }, recent: target.recent };
  }

  #hashes(): string[] {
    const hashes: string[] = [];
    for (let age = Math.min(this.#count, hashesStored + 1); age > 1; age--) hashes.push(this.#hashOf(age));
    return hashes;
  }

  /** The hash of the frame that came `age` frames ago, 1 for the newest. */
  #hashOf(age: number): string {
    const at = (this.#count - age) % framesKept;
    return hashText({ a: this.#a[at]!, b: this.#b[at]! });
  }
}
