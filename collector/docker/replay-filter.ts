import type { FrameHash } from "./frame-hash.ts";
import type { ReplayRing } from "./replay-ring.ts";

/** What the filter needs to know of the stream that a frame belongs to. */
export interface StreamClock {
  /** Time of the last frame taken; it goes back when the host's clock does. */
  last: string;
  /** The open line of the stream, when its newline has not come yet. */
  readonly open?: OpenParts | undefined;
}

export interface OpenParts {
  readonly time: string;
  /** Hashes of the parts so far, `a` and `b` in turn. */
  readonly hashes: readonly number[];
}

/**
 * Tells the frames that the daemon sends again from new ones. A frame is suspected only when its time is not
 * after the last of its stream; then it is a repeat when it stands in the ring, and from there on the run
 * of repeats must follow the ring in order up to its end. A clock that steps back brings frames that are not in
 * the ring: they are new.
 */
export class ReplayFilter {
  readonly #ring: ReplayRing;
  /** Age in the ring of the frame that would go on with the run of repeats; -1 outside of one. */
  #runAge = -1;

  constructor(ring: ReplayRing) {
    this.#ring = ring;
  }

  /** Whether a run of repeats has not come to its end yet. */
  get inRun(): boolean {
    return this.#runAge >= 0;
  }

  /** A new connection repeats nothing of the run before it. */
  reset(): void {
    this.#runAge = -1;
  }

  isRepeat(stream: StreamClock, time: string, hash: FrameHash): boolean {
    if (this.#runAge >= 0) {
      if (this.#ring.isAt(this.#runAge, hash)) {
        this.#runAge -= 1;
        return true;
      }
      this.#runAge = -1;
    }
    if (time > stream.last) return false;
    if (stream.open?.time === time && !isEarlierPart(stream.open, hash)) return false;
    const age = this.#ring.ageOf(hash);
    if (age < 0) return false;
    this.#runAge = age - 1;
    return true;
  }
}

/**
 * All parts of a long line have the same time, so a frame with the time of the open line goes on with it unless it
 * is one of its earlier parts. A part that equals the one before it goes on with the line too: a line of
 * one repeated character has such parts, and a repeat that begins exactly at the newest part is the rarer case.
 */
function isEarlierPart(open: OpenParts, hash: FrameHash): boolean {
  const { hashes } = open;
  const previous = hashes.length - 2;
  if (hashes[previous] === hash.a && hashes[previous + 1] === hash.b) return false;
  for (let at = previous - 2; at >= 0; at -= 2) {
    if (hashes[at] === hash.a && hashes[at + 1] === hash.b) return true;
  }
  return false;
}
