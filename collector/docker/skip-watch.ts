/** A shorter jump of the time is never suspected. */
const jumpMsMin = 250;
/** A suspicion makes the engine decode all that it keeps of the log, so there is at most one in this time. */
const restMs = 1_000;
/** The rate is taken over at least this long. */
const windowMs = 200;
/** The fastest rate of late is remembered with this half-life. */
const halfLifeMs = 10_000;
/** A line in a log file is longer than its text, and is written up to twice as fast as it can be read back. */
const growth = 4;

/**
 * Suspects that the engine left lines out of a live stream. It reads on in a file that was rotated away, and then goes
 * on with the newest file, whatever was in between (moby loggerutils/follow.go). That shows as a jump of the
 * lines' time in which, at the container's rate, a whole log file can have been written. Whether lines are missing is
 * then found out by reading the log again: what is still kept of them is read, and for the rest there is a gap row.
 */
export class SkipWatch {
  readonly #fileBytes: number | undefined;
  #openedMs = 0;
  #restUntilMs = 0;
  #window = { ms: 0, bytes: 0 };
  /** Bytes per millisecond. */
  #rate = 0;
  /** Time of the last line; undefined while nothing is suspected. */
  #lastMs: number | undefined;

  /** `fileBytes`: the size at which the engine rotates the log; undefined when it never does. */
  constructor(fileBytes: number | undefined) {
    this.#fileBytes = fileBytes;
  }

  /** Before each connection, with the host's time: from then on the engine follows the newest file. */
  connected(nowMs: number): void {
    this.#openedMs = nowMs;
    this.#lastMs = undefined;
  }

  /** Before each chunk: the host's time, the time of the last line taken, and the bytes of text taken so far. */
  chunk(nowMs: number, lastMs: number | undefined, bytes: number): void {
    if (this.#fileBytes === undefined) return;
    this.#measure(nowMs, bytes);
    // Lines from before the connection are read from the files in their order; of these none is left out.
    const live = lastMs !== undefined && lastMs > this.#openedMs;
    this.#lastMs = live && nowMs > this.#restUntilMs ? lastMs : undefined;
  }

  /** Whether the times of the frames of this chunk are to be looked at. */
  get armed(): boolean {
    return this.#lastMs !== undefined;
  }

  /** Whether lines may be missing before the one of this time. */
  isSkip(timeMs: number): boolean {
    if (this.#lastMs === undefined) return false;
    const jumpMs = timeMs - this.#lastMs;
    if (jumpMs < jumpMsMin || jumpMs * this.#rate * growth < this.#fileBytes!) {
      this.#lastMs = Math.max(this.#lastMs, timeMs);
      return false;
    }
    this.#restUntilMs = timeMs + restMs;
    this.#lastMs = undefined;
    return true;
  }

  #measure(nowMs: number, bytes: number): void {
    const ms = nowMs - this.#window.ms;
    if (ms < windowMs) return;
    const rate = (bytes - this.#window.bytes) / ms;
    this.#rate = Math.max(rate, this.#rate * 0.5 ** (ms / halfLifeMs));
    this.#window = { ms: nowMs, bytes };
  }
}
