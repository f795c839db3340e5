/** Lines reach a reader this much after their time, when nothing is behind. */
const marginMs = 1_000;
/** The two streams of a container may be this far out of order. */
const disorderMs = 100;
/** After this long without a line an open connection has nothing to bring. */
export const quietMs = 500;

/**
 * How far the reading of one container has come. Times of lines are milliseconds of Docker's clock; `now` arguments named
 * `monotonic` are milliseconds of a clock that never steps.
 */
export class ReadProgress {
  /** Everything up to here was read. */
  #completeMs: number;
  #live = false;
  #finished = false;
  #seeking = false;
  #openMs: number | undefined;
  #lastChunk = 0;
  #quietMs = quietMs;
  #pausedSince: number | undefined;
  #lagMs = 0;

  constructor(completeMs: number) {
    this.#completeMs = completeMs;
  }

  /** Nothing is left to read; undefined then. Otherwise everything up to this time was read. */
  get completeMs(): number | undefined {
    return this.#finished ? undefined : Math.min(this.#completeMs, (this.#openMs ?? Infinity) - 1);
  }

  /** Whether a connection is open. */
  get reading(): boolean {
    return this.#live;
  }

  /** Milliseconds between the time of the last line and its reading; 0 when nothing is behind. */
  get lagMs(): number {
    return this.#live ? this.#lagMs : 0;
  }

  /** `silenceMs`: after so long without a first line the connection has nothing to bring. */
  opened(follow: boolean, monotonicMs: number, silenceMs = quietMs): void {
    this.#live = follow;
    this.#seeking = false;
    this.#lastChunk = monotonicMs;
    this.#quietMs = silenceMs;
    this.#pausedSince = undefined;
  }

  closed(): void {
    this.#live = false;
    this.#pausedSince = undefined;
  }

  /** After each chunk: the time of the last line taken, and of the oldest line that is not whole yet. */
  took(monotonicMs: number, lastMs: number | undefined, openMs: number | undefined, seeking: boolean): void {
    this.#lastChunk = monotonicMs;
    this.#quietMs = quietMs;
    this.#openMs = openMs;
    this.#seeking = seeking;
    if (lastMs !== undefined && !seeking) this.#completeMs = Math.max(this.#completeMs, lastMs - disorderMs);
  }

  /** After the chunk whose last line has this time was read at this time. */
  lag(lagMs: number): void {
    this.#lagMs = Math.max(0, lagMs);
  }

  pausedAt(monotonicMs: number): void {
    this.#pausedSince ??= monotonicMs;
  }

  /** What waited meanwhile comes only now. */
  resumed(monotonicMs: number): void {
    this.#pausedSince = undefined;
    this.#lastChunk = monotonicMs;
  }

  pausedMs(monotonicMs: number): number {
    return this.#pausedSince === undefined ? 0 : monotonicMs - this.#pausedSince;
  }

  /** How long an open connection brought nothing; undefined when none is open. */
  silentMs(monotonicMs: number): number | undefined {
    return this.#live ? monotonicMs - this.#lastChunk : undefined;
  }

  began(): void {
    this.#finished = false;
  }

  finished(): void {
    this.#finished = true;
    this.#openMs = undefined;
  }

  /**
   * To be called after a turn of the event loop that began at `nowMs`: whatever the sockets held then was taken. An
   * open connection that brought nothing has nothing.
   */
  verify(nowMs: number, monotonicMs: number): void {
    if (!this.#live || this.#pausedSince !== undefined || this.#seeking) return;
    if (monotonicMs - this.#lastChunk < this.#quietMs) return;
    this.#lagMs = 0;
    this.#completeMs = Math.max(this.#completeMs, nowMs - marginMs);
  }
}
