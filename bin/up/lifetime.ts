import type { Console } from "./console.ts";

/**
 * npm sends its child the signal that the terminal has sent already: a signal this soon after the first is the same
 * Ctrl-C, not a second one; milliseconds.
 */
const sameKeyMs = 700;

/** What a command has begun and must end, in reverse order, however it ends. */
export class Lifetime {
  readonly #stop = new AbortController();
  readonly #endings: { readonly end: () => Promise<void>; readonly kill?: () => void }[] = [];

  /** Aborted by the first Ctrl-C; whatever waits in a start should watch it. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Something has begun: `end` ends it in order; `kill` is for the impatient and must not wait. */
  began(end: () => Promise<void>, kill?: () => void): void {
    this.#endings.push(kill === undefined ? { end } : { end, kill });
  }

  abort(): void {
    this.#stop.abort(new Error("stopped by a signal"));
  }

  /** Ends everything, the last first; one failure does not keep the others from ending. */
  async end(console: Console): Promise<void> {
    for (const { end } of this.#endings.splice(0).reverse()) {
      await end().catch((error: unknown) => console.note(`while stopping: ${String(error)}`));
    }
  }

  kill(): void {
    for (const { kill } of this.#endings) kill?.();
  }
}

/**
 * Runs a command that stays until Ctrl-C, SIGTERM or a closed terminal. `begin` starts things and names their ends.
 * A second Ctrl-C kills what is left at once. Throws what `begin` throws, after everything is ended.
 */
export async function runUntilSignal(
  console: Console,
  begin: (lifetime: Lifetime) => Promise<void>,
): Promise<number> {
  const lifetime = new Lifetime();
  const signalled = firstSignal(lifetime);
  const begun = begin(lifetime);
  const failure = await Promise.race([
    signalled,
    begun.then(
      () => signalled,
      (error: unknown) => ({ error }),
    ),
  ]);
  if (failure === undefined) {
    console.note("\nstopping … (Ctrl-C again stops at once)");
    await begun.catch(() => undefined);
  }
  await lifetime.end(console);
  if (failure !== undefined) throw failure.error;
  console.note("stopped");
  return 0;
}

function firstSignal(lifetime: Lifetime): Promise<undefined> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (): void => {
      const nowMs = performance.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        lifetime.abort();
        resolve(undefined);
      } else if (nowMs - firstMs > sameKeyMs) {
        lifetime.kill();
        process.exit(130);
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}
