/** Where a part gets the time from; passed in so that tests can run hours in milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may step when the host's clock is set. */
  nowMs(): number;
  /** Milliseconds of a clock that never steps; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after at least `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The host's real clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(done, ms);
      function done(): void {
        signal?.removeEventListener("abort", aborted);
        resolve();
      }
      function aborted(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", aborted, { once: true });
    }),
};
