import { createSignal, onCleanup, untrack } from "solid-js";
import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";

/** What is asked again and again. The last answer stays when a later question fails. */
export interface Poll<T> {
  readonly data: () => T | undefined;
  readonly error: () => SeamarkError | undefined;
  /** When the answer came, milliseconds since the epoch; undefined before the first. */
  readonly receivedMs: () => number | undefined;
  readonly intervalMs: number;
  /** Asks now; an answer on its way to an earlier question is thrown away. */
  readonly refresh: () => void;
}

/** Asks every `intervalMs`; a question that is still open is given up when the next one starts by `refresh`. */
export function createPoll<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  options: { readonly clock: Clock; readonly intervalMs: number; readonly paused?: () => boolean },
): Poll<T> {
  const { clock, intervalMs } = options;
  const [data, setData] = createSignal<T>();
  const [error, setError] = createSignal<SeamarkError>();
  const [receivedMs, setReceivedMs] = createSignal<number>();
  let round = new AbortController();

  async function askOnce(signal: AbortSignal): Promise<void> {
    try {
      const answer = await ask(signal);
      if (signal.aborted) return;
      setData(() => answer);
      setReceivedMs(clock.nowMs());
      setError(undefined);
    } catch (thrown) {
      if (signal.aborted) return;
      setError(() =>
        thrown instanceof SeamarkError ? thrown : new SeamarkError("unavailable", String(thrown)),
      );
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!untrack(() => options.paused?.() ?? false)) await askOnce(signal);
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  }

  function refresh(): void {
    round.abort();
    round = new AbortController();
    void run(round.signal);
  }

  onCleanup(() => round.abort());
  refresh();
  return { data, error, receivedMs, intervalMs, refresh };
}
