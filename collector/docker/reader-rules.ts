import type { ContainerDetails, LogEnd } from "./engine.ts";
import type { LogPosition } from "./position.ts";
import { runTimes } from "./run-events.ts";

/** What a reader does next. */
export type NextRead =
  /** Read and follow. */
  | { readonly kind: "follow" }
  /** Read what is left, to the end of the log. */
  | { readonly kind: "rest" }
  /** Nothing to read until the container starts (again). */
  | { readonly kind: "wait" };

/** What to read of a container as it stands now. */
export function nextRead(
  container: ContainerDetails,
  marks: Pick<LogPosition, "readRun" | "unreadable">,
): NextRead {
  if (marks.unreadable) return { kind: "wait" };
  const { startedAt } = runTimes(container);
  if (container.State.Running) return { kind: "follow" };
  return startedAt === undefined || marks.readRun === startedAt ? { kind: "wait" } : { kind: "rest" };
}

/** What the end of a connection means, seen together with the container as it is after that end. */
export type EndMeaning =
  /** The log was read to its end and nothing follows. `readRun` is the run's start; undefined: the container is gone. */
  | { readonly kind: "complete"; readonly readRun: string | undefined }
  /** Go on from the position at once: the container was started again, or a final read is due. */
  | { readonly kind: "again" }
  /** Go on from the position after a delay that grows. */
  | { readonly kind: "retry" }
  /** The container is gone; what was not read is lost. */
  | { readonly kind: "gone" }
  /** The log driver gives nothing back. */
  | { readonly kind: "unreadable" };

/** A container that is being removed answers 409 for a moment; after so many times it counts as gone. */
const conflictsMax = 20;

/**
 * `runAtOpen` is the start of the run that was there when the connection was opened, undefined when that is not known;
 * `after` is the container after the end, undefined when the engine does not know it any more. `rest`: the log was read to its end, without following.
 */
export function meaningOf(
  end: LogEnd,
  rest: boolean,
  runAtOpen: string | undefined,
  after: ContainerDetails | undefined,
  conflicts: number,
): EndMeaning {
  if (end.kind === "status") {
    if (end.status === 404) return { kind: "gone" };
    if (end.status === 501) return { kind: "unreadable" };
    if (end.status === 409 && conflicts >= conflictsMax) return { kind: "gone" };
    return after === undefined ? { kind: "gone" } : { kind: "retry" };
  }
  if (end.kind === "error") return after === undefined ? { kind: "gone" } : { kind: "retry" };
  // The engine read the log to its end before it removed the container.
  if (after === undefined) return { kind: "complete", readRun: undefined };
  const restarted = runTimes(after).startedAt !== runAtOpen;
  if (rest) {
    if (after.State.Running || restarted) return { kind: "again" };
    return { kind: "complete", readRun: runTimes(after).startedAt };
  }
  if (!after.State.Running || restarted) return { kind: "again" };
  return { kind: "retry" };
}
