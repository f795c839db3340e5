import { createEffect, createSignal, on, onCleanup } from "solid-js";
import { SeamarkError } from "../../common/base/errors.ts";

export interface Answer<T> {
  readonly answer: () => T | undefined;
  readonly error: () => SeamarkError | undefined;
}

/**
 * Asks again when the question changes; the last answer stays until the next is there. (Not Solid's resources: a
 * page that is suspended while one loads is taken out of the document, and its lists lose their place.)
 */
export function createAnswer<Q, T>(
  question: () => Q,
  ask: (question: Q, signal: AbortSignal) => Promise<T>,
): Answer<T> {
  const [answer, setAnswer] = createSignal<T>();
  const [error, setError] = createSignal<SeamarkError>();
  let asking = new AbortController();
  createEffect(
    on(question, (now) => {
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      ask(now, signal).then(
        (next) => {
          if (signal.aborted) return;
          setError(undefined);
          setAnswer(() => next);
        },
        (thrown: unknown) => {
          if (!signal.aborted) setError(() => asSeamarkError(thrown));
        },
      );
    }),
  );
  onCleanup(() => asking.abort());
  return { answer, error };
}

/** Whatever was thrown, as something that the page can say. */
export function asSeamarkError(thrown: unknown): SeamarkError {
  return thrown instanceof SeamarkError
    ? thrown
    : new SeamarkError("unavailable", String(thrown), { cause: thrown });
}
