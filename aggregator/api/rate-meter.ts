const windowS = 10;

/** Events per second over the last ten whole seconds. */
export class RateMeter {
  readonly #nowMs: () => number;
  /** One slot per second of the window and one for the second that runs. */
  readonly #counts = new Array<number>(windowS + 1).fill(0);
  #second: number;
  readonly #firstSecond: number;
  #total = 0;

  /** `nowMs` must not step: monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#second = this.#firstSecond = Math.floor(nowMs() / 1000);
  }

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  add(count: number): void {
    this.#advance();
    this.#total += count;
    this.#counts[this.#second % this.#counts.length]! += count;
  }

  perSecond(): number {
    this.#advance();
    const running = this.#counts[this.#second % this.#counts.length]!;
    const whole = this.#counts.reduce((sum, count) => sum + count, 0) - running;
    return whole / Math.max(1, Math.min(windowS, this.#second - this.#firstSecond));
  }

  #advance(): void {
    const second = Math.floor(this.#nowMs() / 1000);
    const steps = Math.min(second - this.#second, this.#counts.length);
    for (let step = 1; step <= steps; step++) this.#counts[(second - steps + step) % this.#counts.length] = 0;
    this.#second = second;
  }
}
