import { formatNanos, parseNanos } from "../../common/base/nanotime.ts";
import { containerName } from "../metadata/container-names.ts";
import type { ContainerDetails } from "./engine.ts";
import type { LogIntake } from "./log-intake.ts";
import { type LastEnd, removedRow, runEvents } from "./run-events.ts";

/** The time of an event and the time that the engine keeps of the same thing differ by less than this. */
const sameNanos = 2_000_000_000n;

/** Gives the event rows of one container, each once. What the events stream tells fills in what cannot be asked for. */
export class RunJournal {
  readonly #intake: LogIntake;
  /** Nothing that is not later is told. */
  readonly #since: string;
  #startedAt: string | undefined;
  #lastEnd: LastEnd | undefined;

  constructor(intake: LogIntake, since: string) {
    this.#intake = intake;
    this.#since = since;
  }

  tellStart(time: string): void {
    this.#startedAt = time;
    this.#lastEnd = undefined;
  }

  tellEnd(end: LastEnd): void {
    this.#lastEnd = end;
  }

  /** The container as the engine knows it now. */
  inspected(details: ContainerDetails): void {
    for (const { marks, row } of runEvents(details, this.#intake.marks, this.#lastEnd, this.#since)) {
      this.#intake.mark(marks);
      if (row) this.#intake.note(row);
    }
  }

  /** The engine does not know the container any more: what the events stream told is all that there is. */
  removed(last: ContainerDetails): void {
    const { startedAt, finishedAt } = this.#intake.marks;
    const end = this.#lastEnd;
    const StartedAt = this.#startedAt ?? startedAt;
    if (StartedAt === undefined) return;
    const newEnd = end !== undefined && isLater(end.time, finishedAt);
    const State = {
      Status: "exited",
      Running: false,
      OOMKilled: end?.outOfMemory ?? false,
      ExitCode: end?.exitCode ?? 0,
      StartedAt: isLater(StartedAt, startedAt) ? StartedAt : startedAt!,
      FinishedAt: newEnd ? end.time : (finishedAt ?? "0001-01-01T00:00:00Z"),
    };
    this.inspected({ ...last, Name: containerName(last), State });
  }

  /** The last row of a container: it is removed. `now` is when that was noticed, and never before its last end. */
  destroyed(name: string, now: string): void {
    const { finishedAt, removed } = this.#intake.marks;
    if (removed) return;
    this.#intake.mark({ removed: true });
    this.#intake.note(removedRow(name, finishedAt !== undefined && finishedAt > now ? finishedAt : now));
  }
}

/** Whether a time is of something else than the known one, and later. */
function isLater(time: string, known: string | undefined): boolean {
  return known === undefined || parseNanos(time)! > parseNanos(known)! + sameNanos;
}

/** The time of an event. The engine's nanoseconds are beyond what a JSON number holds exactly; milliseconds are kept. */
export function eventTime(timeNano: number): string {
  return formatNanos(BigInt(Math.floor(timeNano / 1e6)) * 1_000_000n);
}
