import type { Clock } from "../common/base/clock.ts";
import { messageOf } from "../common/base/errors.ts";
import type { Logger } from "../common/base/log.ts";

/** An hour's file grows by some gigabytes at most in this time, which the size limit may be over by. */
const everyMs = 60_000;

export interface RetentionLoopOptions {
  readonly enforce: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Enforces the retention at once and then every minute; what fails is tried again at the next turn. */
export class RetentionLoop {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: RetentionLoopOptions) {
    this.#done = this.#run(options);
  }

  /** Resolves when a turn that is under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    await this.#done;
  }

  async #run({ enforce, clock, log }: RetentionLoopOptions): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await enforce().catch((error: unknown) =>
        log.error("could not delete what is too old", { error: messageOf(error) }),
      );
      await clock.sleep(everyMs, this.#stop.signal).catch(() => undefined);
    }
  }
}
