import type { ContainerSummary } from "./engine.ts";

/** A container that has a reader. */
export interface ActualReader {
  /** The reader ended: the container was gone when it looked. */
  readonly ended: boolean;
  /** When the engine stopped listing it, milliseconds; undefined while it does. */
  readonly goneSinceMs: number | undefined;
}

export interface Reconciliation {
  /** Containers that are read from now on. */
  readonly begin: readonly string[];
  /** Readers that look again: their container runs, or is gone. */
  readonly wake: readonly string[];
  /** Readers whose container is listed again after it was not. */
  readonly listed: readonly string[];
  /** Readers whose container is not listed any more. */
  readonly missing: readonly string[];
  /** Readers that are forgotten, with their positions. */
  readonly forget: readonly string[];
}

/** A position outlives its container by this long, so that one wrong list does not make a log be read anew (T6). */
export const graceMs = 60_000;

/** What to do so that exactly the listed containers are read. `desired` is what the rules let through. */
export function reconcile(
  desired: readonly ContainerSummary[],
  actual: ReadonlyMap<string, ActualReader>,
  nowMs: number,
): Reconciliation {
  const listed = new Map(desired.map((container) => [container.Id, container]));
  const has = (id: string): boolean => listed.has(id);
  const gone = [...actual].filter(([id]) => !has(id));
  return {
    begin: desired.filter(({ Id }) => !actual.has(Id)).map(({ Id }) => Id),
    wake: [...actual]
      .filter(([id, reader]) => !reader.ended && (!has(id) || listed.get(id)!.State === "running"))
      .map(([id]) => id),
    listed: [...actual]
      .filter(([id, { goneSinceMs }]) => has(id) && goneSinceMs !== undefined)
      .map(([id]) => id),
    missing: gone.filter(([, { goneSinceMs }]) => goneSinceMs === undefined).map(([id]) => id),
    forget: gone
      .filter(
        ([, { ended, goneSinceMs }]) => ended && goneSinceMs !== undefined && nowMs - goneSinceMs > graceMs,
      )
      .map(([id]) => id),
  };
}
