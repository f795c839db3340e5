import { constants } from "node:os";
import { formatNanos, parseNanos } from "../../common/base/nanotime.ts";
import { containerName } from "../metadata/container-names.ts";
import type { ContainerDetails } from "./engine.ts";
import type { NoteRow } from "./gap-row.ts";
import type { LogPosition } from "./position.ts";

/** The engine's time for "never". */
const never = "0001-01-01";

/** When a container's last run began and ended; nine digits, undefined when it never did. */
export interface RunTimes {
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}

export function runTimes(container: Pick<ContainerDetails, "State">): RunTimes {
  return { startedAt: readTime(container.State.StartedAt), finishedAt: readTime(container.State.FinishedAt) };
}

/** What the events stream told of the last end of a run; `inspect` forgets it when the container runs again. */
export interface LastEnd {
  readonly time: string;
  readonly exitCode: number | undefined;
  readonly outOfMemory: boolean;
}

export interface RunEvent {
  readonly marks: Pick<LogPosition, "startedAt" | "finishedAt">;
  /** Absent for what is too old to be told. */
  readonly row?: NoteRow;
}

/**
 * The event rows of a container since the marks: each start and end of a run once, also across restarts of the
 * collector, because they come from the container's own times and not from the events stream. Runs that are over
 * before anybody looked are not known. What is not later than `since` is marked but not told.
 */
export function runEvents(
  container: ContainerDetails,
  marks: Pick<LogPosition, "startedAt" | "finishedAt">,
  lastEnd: LastEnd | undefined,
  since: string,
): RunEvent[] {
  const { startedAt, finishedAt } = runTimes(container);
  const events: RunEvent[] = [];
  const started = startedAt !== undefined && startedAt > (marks.startedAt ?? "");
  const finished = finishedAt !== undefined && finishedAt > (marks.finishedAt ?? "");
  // While a container runs, its last end is that of the run before. A very short run may have ended, by the engine's
  // clock, before it is known to have begun.
  if (finished && container.State.Running)
    events.push(...endRows(container, finishedAt, finishedAt, lastEnd));
  if (started) events.push(startRow(container, startedAt));
  if (finished && !container.State.Running) {
    const time = startedAt !== undefined && startedAt > finishedAt ? startedAt : finishedAt;
    events.push(...endRows(container, finishedAt, time, lastEnd));
  }
  return events.map((event) => (event.row!["@timestamp"] > since ? event : { marks: event.marks }));
}

/** The event row of a container that the engine does not know any more. */
export function removedRow(name: string, time: string): NoteRow {
  const message = `Container ${name} was removed`;
  return { "@timestamp": time, "event.kind": "event", "event.action": "destroy", message };
}

function startRow(container: ContainerDetails, time: string): RunEvent {
  const restarts = container.RestartCount ?? 0;
  return {
    marks: { startedAt: time },
    row: {
      "@timestamp": time,
      "event.kind": "event",
      "event.action": "start",
      message: `Container ${containerName(container)} started`,
      ...(restarts > 0 ? { attrs: { restartCount: restarts } } : {}),
    },
  };
}

function endRows(
  container: ContainerDetails,
  finishedAt: string,
  time: string,
  lastEnd: LastEnd | undefined,
): RunEvent[] {
  const { State } = container;
  const exitCode = State.Running ? lastEnd?.exitCode : State.ExitCode;
  const oomKilled = (State.OOMKilled ?? false) || (lastEnd?.outOfMemory ?? false);
  const signal = signalName(exitCode);
  const name = containerName(container);
  const attrs = {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    oomKilled,
  };
  const end = { "@timestamp": time, "event.kind": "event" as const, attrs };
  const marks = { finishedAt };
  const rows: RunEvent[] = [];
  if (oomKilled) {
    const message = `Container ${name} ran out of memory and was killed`;
    rows.push({ marks, row: { ...end, "event.action": "oom", message } });
  }
  rows.push({ marks, row: { ...end, "event.action": "die", message: endSentence(name, exitCode, signal) } });
  return rows;
}

function endSentence(name: string, exitCode: number | undefined, signal: string | undefined): string {
  if (exitCode === undefined) return `Container ${name} ended`;
  return `Container ${name} ended with exit code ${exitCode}${signal === undefined ? "" : ` (${signal})`}`;
}

/** A process that a signal ended has 128 and the signal's number as its exit code. */
function signalName(exitCode: number | undefined): string | undefined {
  if (exitCode === undefined || exitCode <= 128) return undefined;
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
}

function readTime(text: string): string | undefined {
  const nanos = text.startsWith(never) ? undefined : parseNanos(text);
  return nanos === undefined ? undefined : formatNanos(nanos);
}
