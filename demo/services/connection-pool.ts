/** A pool of connections to the bank, with the limits and the failure of real ones. */
import { pause } from "./http-service.ts";

const size = 8;
const acquireTimeoutMs = 900;

export class PoolExhaustedError extends Error {
  readonly code = "pool_exhausted";

  constructor(waiting: number) {
    super(
      `connection pool exhausted: ${size} of ${size} in use, ${waiting} waiting, gave up after ${acquireTimeoutMs} ms`,
    );
    this.name = "PoolExhaustedError";
  }
}

export class ConnectionPool {
  #inUse = 0;
  #waiting: (() => void)[] = [];

  get inUse(): number {
    return this.#inUse;
  }

  async acquire(): Promise<void> {
    if (this.#inUse < size) {
      this.#inUse += 1;
      return;
    }
    const waiting = this.#waiting.length + 1;
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== turn);
        reject(new PoolExhaustedError(waiting));
      }, acquireTimeoutMs);
      this.#waiting.push(turn);
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inUse -= 1;
  }

  /** A settlement run that takes every connection and gives none back until it is done: the demo's incident. */
  async settle(forMs: number): Promise<void> {
    const held = await Promise.allSettled(Array.from({ length: size }, () => this.acquire()));
    await pause(forMs);
    for (const { status } of held) if (status === "fulfilled") this.release();
  }
}
