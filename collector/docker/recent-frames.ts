import { parseNanos } from "../../common/base/nanotime.ts";
import { type FrameHash, hashText } from "./frame-hash.ts";
import { earliest } from "./log-time.ts";
import type { LogPosition } from "./position.ts";
import type { ResumeTarget } from "./resume.ts";

/** Frames whose times decide from when on a log is read again; the two streams may be this far out of order. */
const framesKept = 64;
/** Hashes that go into a position. */
const hashesStored = 8;
/** A mark is set every so many frames; with nine marks a new connection reads about 4,096 frames again. */
export const framesPerMarkDefault = 512;
const marksKept = 9;

/**
 * The last frames taken of a container and, coarser, the times of some before them: from these come the place to go on
 * at and the time to read from. That is about 4,096 frames back, for two reasons: the frames passed over after a restart
 * fill the replay ring with what the daemon may repeat next; and older engines leave out every frame before `since`,
 * also those that the clock of a host that was set back gives an earlier time.
 */
export class RecentFrames {
  readonly #a = new Int32Array(framesKept);
  readonly #b = new Int32Array(framesKept);
  readonly #times: string[] = [];
  /** Frames since the last clear. */
  #count = 0;
  #ordinal = 0;
  /** Times; "" is the beginning of the log. */
  #marks: string[];
  /** The stored position until a frame is taken. */
  #stored: LogPosition | undefined;
  readonly #framesPerMark: number;

  /** `start` is where a log begins to be read that was never read; undefined: at its beginning. */
  constructor(stored: LogPosition | undefined, start: string | undefined, framesPerMark: number) {
    this.#stored = stored?.lastFrame ? stored : undefined;
    this.#framesPerMark = framesPerMark;
    this.#marks = [(stored ? stored.since : start) ?? ""];
  }

  add(hash: FrameHash, time: string, ordinal: number): void {
    const at = this.#count % framesKept;
    this.#a[at] = hash.a;
    this.#b[at] = hash.b;
    this.#times[at] = time;
    this.#ordinal = ordinal;
    if (this.#count % this.#framesPerMark === 0) {
      this.#marks.push(time);
      if (this.#marks.length > marksKept) this.#marks.shift();
    }
    this.#count += 1;
    this.#stored = undefined;
  }

  /**
   * Whether a frame of this time may well be the one that follows the last: it is no later than the frames have been apart
   * of late. A log that was rotated right after the last frame taken begins with such a one.
   */
  mayFollow(last: string, time: string): boolean {
    const first = earliest(this.#times);
    if (first === undefined || this.#count < framesKept) return false;
    const spread = parseNanos(last)! - parseNanos(first)!;
    return (parseNanos(time)! - parseNanos(last)!) * BigInt(framesKept - 1) <= spread;
  }

  /** Forgets the frames, because the log does not have them any more; it is read from `start` on. */
  clear(start: string | undefined): void {
    this.#count = 0;
    this.#times.length = 0;
    this.#marks = [start ?? ""];
    this.#stored = undefined;
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

  /** The time to read from, so that the last frame comes again; undefined: from the beginning. */
  since(openTimes: readonly string[]): string | undefined {
    return earliest([...this.#times, ...openTimes, ...this.#marks]) || undefined;
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
