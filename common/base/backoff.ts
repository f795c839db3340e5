/** Returns a number in [0, 1); passed in so that tests are repeatable. */
export type Random = () => number;

export interface BackoffOptions {
  /** First delay, milliseconds. */
  readonly firstMs: number;
  /** No delay is longer, milliseconds. */
  readonly maxMs: number;
  readonly random: Random;
}

/**
 * Exponential backoff with "full jitter": the n-th delay is uniform in [first/2, min(max, first·2ⁿ)].
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export class Backoff {
  #attempts = 0;
  readonly #options: BackoffOptions;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Delays since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next delay in milliseconds. */
  nextMs(): number {
    const { firstMs, maxMs, random } = this.#options;
    const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    const floorMs = Math.min(firstMs / 2, ceilingMs);
    return floorMs + random() * (ceilingMs - floorMs);
  }

  /** After a success. */
  reset(): void {
    this.#attempts = 0;
  }
}
