import type { Clock } from "../common/base/clock.ts";
import { messageOf } from "../common/base/errors.ts";
import type { Logger } from "../common/base/log.ts";

interface Started {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** Starts the parts of a process in order and stops them in reverse; each step is on the console with its duration. */
export class Steps {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #started: Started[] = [];

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Rejects as `start` does; what was started before is still there for `stopAll`. */
  async start<T>(
    name: string,
    start: () => Promise<T> | T,
    stop: (part: T) => Promise<void> | void,
  ): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    const part = await start();
    this.#started.push({ name, stop: () => stop(part) });
    this.#log.info(`started ${name}`, { ms: this.#since(startedMs) });
    return part;
  }

  /** Stops everything, also when one part fails to; returns whether all did. */
  async stopAll(): Promise<boolean> {
    let clean = true;
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      const startedMs = this.#clock.monotonicMs();
      try {
        await part.stop();
        this.#log.info(`stopped ${part.name}`, { ms: this.#since(startedMs) });
      } catch (error) {
        clean = false;
        this.#log.error(`could not stop ${part.name}`, { error: messageOf(error) });
      }
    }
    return clean;
  }

  #since(startedMs: number): number {
    return Math.round(this.#clock.monotonicMs() - startedMs);
  }
}
