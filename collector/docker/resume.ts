import type { FrameHash } from "./frame-hash.ts";
import { hashText } from "./frame-hash.ts";
import { latest } from "./log-time.ts";
import type { StreamName } from "./position.ts";

export interface ResumeTarget {
  /** Hash of the last frame taken. */
  readonly hash: string;
  /** Which of the frames of its stream with its time it is, from 0. */
  readonly ordinal: number;
  /** Hashes of some frames before it. */
  readonly recent: readonly string[];
  /** The latest time ever taken per stream. */
  readonly high: Readonly<Partial<Record<StreamName, string>>>;
}

/** `taken`: was taken before. `last`: the last one that was. `gone`: the last one cannot come any more. */
export type ResumeVerdict = "taken" | "last" | "gone";

/**
 * Finds the place to go on at when a log is read again: the frames up to the last one taken come once more, in the
 * same order, and are passed over. The last one is known by its hash (the time is in it) and by its ordinal,
 * because the parts of a line of one repeated character are alike. A frame that is later than everything taken
 * of its stream proves, without any buffering, that the last one was rotated away.
 */
export class Resume {
  readonly #target: ResumeTarget;
  readonly #highest: string;
  readonly #counts = new Map<StreamName, { time: string; ordinal: number }>();
  #passed = 0;
  #sawRecent = false;

  constructor(target: ResumeTarget) {
    this.#target = target;
    this.#highest = latest(Object.values(target.high)) ?? "";
  }

  verdict(stream: StreamName, time: string, hash: FrameHash): ResumeVerdict {
    const ordinal = this.#ordinal(stream, time);
    const text = hashText(hash);
    if (text === this.#target.hash && ordinal === this.#target.ordinal) return "last";
    // Whatever came of a stream that was never seen came after the last frame taken.
    if (time > (this.#target.high[stream] ?? this.#highest)) return "gone";
    this.#passed += 1;
    if (this.#target.recent.includes(text)) this.#sawRecent = true;
    return "taken";
  }

  /**
   * Whether a log that was read to its end without the last frame has lines that are not taken. It has when frames
   * were passed over of which none is known: the log was emptied and the host's clock stepped back.
   */
  get mustStartOver(): boolean {
    return this.#passed > 0 && !this.#sawRecent;
  }

  #ordinal(stream: StreamName, time: string): number {
    const count = this.#counts.get(stream);
    if (count?.time === time) {
      count.ordinal += 1;
      return count.ordinal;
    }
    this.#counts.set(stream, { time, ordinal: 0 });
    return 0;
  }
}
