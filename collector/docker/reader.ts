import { Backoff, type Random } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import { containerName } from "../metadata/container-names.ts";
import type { LineParser, OpenGroup } from "../parse/parsed-line.ts";
import type { Pipeline } from "../ship/pipeline.ts";
import type { ReaderCounters } from "./collector-counters.ts";
import type { ContainerDetails, Engine, LogEnd } from "./engine.ts";
import { LogIntake } from "./log-intake.ts";
import { type Interruption, LogSession } from "./log-session.ts";
import { readPosition } from "./position.ts";
import { ReadProgress } from "./read-progress.ts";
import { type EndMeaning, meaningOf, type NextRead, nextRead } from "./reader-rules.ts";
import { logFileBytes, ringFrames } from "./ring-size.ts";
import { type LastEnd, runTimes } from "./run-events.ts";
import { RunJournal } from "./run-journal.ts";

const retryFirstMs = 200;
/** A daemon that restarts is back within seconds. */
const retryMaxMs = 10_000;
/** What an engine's message inside a stream is cut to. */
const messageCharsMax = 500;

export interface ReaderOptions {
  readonly id: string;
  readonly originId: string;
  readonly engine: Engine;
  readonly pipeline: Pipeline;
  readonly parserOf: (group: OpenGroup | undefined) => LineParser;
  readonly counters: ReaderCounters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How far back a container is read that was never read. */
  readonly firstReadMs: number;
  /** Called with each inspected state, before it is read. */
  readonly onDetails: (details: ContainerDetails) => void;
}

/** The key of a container's position. */
export function positionKey(containerId: string): string {
  return `container/${containerId}`;
}

/**
 * Reads one container from its first line to its removal, across restarts of the container, of the engine and of the
 * collector. The position lives in the intake, outside of any connection.
 */
export class ContainerReader {
  readonly id: string;
  readonly progress: ReadProgress;
  readonly #options: ReaderOptions;
  readonly #key: string;
  readonly #intake: LogIntake;
  readonly #backoff: Backoff;
  readonly #makePosition: () => ReturnType<LogIntake["position"]>;
  readonly #journal: RunJournal;
  readonly #session: LogSession;
  /** The container as it was inspected last. */
  #last: ContainerDetails;
  /** The engine told that the container starts: its log is opened before anything else is asked. */
  #starting = false;
  /** The log was read to its end as the container stopped: what is refused from then on is no loss. */
  #sawEnd = false;
  /** The next read does not follow, so that its end tells whether the place to go on at is there. */
  #conclude = false;
  #conflicts = 0;
  /** Start of the run that was there when the connection was opened, once it is known. */
  #runAtOpen: string | undefined;
  #done = false;
  #woken = false;
  #wake: (() => void) | undefined;

  constructor(options: ReaderOptions, details: ContainerDetails) {
    const { clock, random, pipeline } = options;
    this.#options = options;
    this.#last = details;
    this.id = options.id;
    this.#key = positionKey(options.id);
    const position = readPosition(pipeline.storedPosition(this.#key));
    this.#intake = new LogIntake({
      originId: options.originId,
      position,
      firstSequence: Math.floor(clock.nowMs() * 1000),
      start: firstTime(details, clock.nowMs() - options.firstReadMs),
      fileBytes: logFileBytes(details.HostConfig.LogConfig),
      ringFramesMax: ringFrames(details.HostConfig.LogConfig),
      parserOf: (_stream, group) => options.parserOf(group),
      emit: (row) => pipeline.row(row, this.#key, this.#makePosition),
    });
    const oldest = formatNanos(msToNanos(clock.nowMs() - options.firstReadMs));
    this.#journal = new RunJournal(this.#intake, oldest);
    this.#makePosition = () => this.#intake.position();
    this.#backoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMaxMs, random });
    const createdMs = Date.parse(details.Created);
    this.progress = new ReadProgress(this.#intake.lastMs ?? (Number.isNaN(createdMs) ? 0 : createdMs));
    this.#session = new LogSession({
      ...options,
      intake: this.#intake,
      progress: this.progress,
      onFollowing: () => this.#following(),
      onLines: () => this.#backoff.reset(),
      onEngineMessage: (message) => this.#engineMessage(message),
    });
  }

  /** The container may have been started: look again at once when this reader waits. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** The engine says that the container was started. */
  started(time: string): void {
    this.#journal.tellStart(time);
    this.#starting = true;
    this.wake();
  }

  /** What the events stream said of the end of a run, before it can be asked for. */
  tellEnd(end: LastEnd): void {
    this.#journal.tellEnd(end);
    this.#session.readRest();
  }

  /** Reads until the container is removed or the signal aborts; rejects only with the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    this.#look(this.#last);
    for (let details: ContainerDetails | undefined = this.#last; details; ) {
      const read = nextRead(details, this.#intake.marks);
      if (this.#starting || read.kind === "follow") await this.#read({ kind: "follow" }, details, signal);
      else if (read.kind === "rest") await this.#read(read, details, signal);
      else await this.#wait(signal);
      if (this.#done) return;
      details = this.#starting ? this.#last : await this.#inspect(signal);
    }
    this.#gone();
  }

  /** To be called about once a second: ends connections that bring nothing any more. */
  tick(): void {
    this.#session.tick();
  }

  /** One connection and what its end means. */
  async #read(read: NextRead, before: ContainerDetails, signal: AbortSignal): Promise<void> {
    if (this.#options.pipeline.paused) await this.#ready(signal);
    const follows = read.kind === "follow" && !this.#conclude;
    this.#runAtOpen = this.#starting ? undefined : runTimes(before).startedAt;
    this.#starting = false;
    const session = await this.#session.read(follows, before.Config.Tty, signal);
    if (session.kind === "needsWhole") return;
    if (session.kind === "interrupted") return await this.#interrupted(session.why, signal);
    const { end, rest } = session;
    const after = await this.#inspect(signal);
    if (this.#conclude && after?.State.Running) return this.#endConclusion(end);
    if (end.kind === "eof" && !after?.State.Running) this.#endRun(end);
    const meaning = meaningOf(end, rest, this.#runAtOpen, after, this.#conflicts);
    await this.#settle(meaning, end, after, signal);
  }

  /** The engine confirms that the log ended, and not the engine. */
  #endRun(end: LogEnd & { kind: "eof" }): void {
    end.finish();
    this.#sawEnd = true;
  }

  async #settle(
    meaning: EndMeaning,
    end: LogEnd,
    after: ContainerDetails | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (meaning.kind === "complete") return this.#complete(meaning.readRun);
    if (meaning.kind === "unreadable") return this.#markUnreadable(after);
    const isConflict = end.kind === "status" && end.status === 409;
    if (meaning.kind === "gone" || (isConflict && this.#sawEnd)) return this.#gone();
    this.#options.counters.reconnect(end.kind === "eof" ? "ended" : "error");
    if (meaning.kind === "again") return;
    if (isConflict) this.#conflicts += 1;
    this.#options.log.debug("a log connection ended", { container: this.id, error: messageOfEnd(end) });
    await this.#options.clock.sleep(this.#backoff.nextMs(), signal);
  }

  #following(): void {
    const { engine, log } = this.#options;
    this.#sawEnd = false;
    this.#conflicts = 0;
    // The log is opened first and the container asked for afterwards: one that lives for milliseconds is gone by then.
    engine.inspect(this.id).then(
      (details) => {
        this.#runAtOpen ??= runTimes(details).startedAt;
        this.#look(details);
      },
      (error: unknown) => log.debug("not inspected", { container: this.id, error: messageOf(error) }),
    );
  }

  #engineMessage(message: string): void {
    this.#options.counters.engineMessage();
    this.#warn("the engine reports an error in a log", message);
  }

  /** The log was read to its end; without a run the container is gone too. */
  #complete(readRun: string | undefined): void {
    if (this.#intake.seeking && this.#intake.endSeeking()) {
      if (this.#intake.needsWhole) this.#session.readWhole();
      return;
    }
    this.#conclude = false;
    if (readRun === undefined) {
      this.#gone();
      return;
    }
    this.#intake.end();
    this.#session.count();
    this.#intake.mark({ readRun });
    this.#options.pipeline.position(this.#key, this.#makePosition);
    this.progress.finished();
  }

  /** A read that did not follow ended while the container runs: did it have the place to go on at? */
  #endConclusion(end: LogEnd): void {
    this.#conclude = false;
    if (end.kind !== "eof") return;
    this.#session.conclude();
    if (!this.#intake.seeking || !this.#intake.endSeeking()) return;
    this.#conclude = this.#intake.needsWhole;
    if (this.#conclude) this.#session.readWhole();
  }

  async #interrupted(why: Interruption, signal: AbortSignal): Promise<void> {
    this.#options.counters.reconnect(why);
    if (why === "seeking") this.#conclude = true;
    if (why === "paused") await this.#ready(signal);
  }

  /** The container is not known to the engine any more. What was not read of it is lost, and that is said. */
  #gone(): void {
    if (this.#done) return;
    this.#done = true;
    this.#intake.end();
    this.#journal.removed(this.#last);
    const { startedAt, readRun } = this.#intake.marks;
    const now = formatNanos(msToNanos(this.#options.clock.nowMs()));
    if (startedAt !== readRun && !this.#sawEnd) {
      this.#intake.gap("removed_before_read", this.#intake.lastTime ?? startedAt, now);
    }
    this.#journal.destroyed(containerName(this.#last), now);
    this.#session.count();
    if (startedAt !== undefined) this.#intake.mark({ readRun: startedAt });
    this.#options.pipeline.position(this.#key, this.#makePosition);
    this.progress.finished();
  }

  #markUnreadable(details: ContainerDetails | undefined): void {
    if (!this.#intake.marks.unreadable) {
      this.#intake.mark({ unreadable: true });
      const driver = details?.HostConfig.LogConfig.Type ?? "unknown";
      this.#intake.gap("unreadable_driver", this.#intake.marks.startedAt, undefined);
      this.#warn("the log driver gives no lines back", driver);
    }
    this.progress.finished();
  }

  /** Takes notice of the container as it is. */
  #look(details: ContainerDetails): void {
    this.#last = details;
    this.#options.onDetails(details);
    this.#journal.inspected(details);
  }

  /** The container's state; undefined when it is gone. Waits as long as the engine is away. */
  async #inspect(signal: AbortSignal): Promise<ContainerDetails | undefined> {
    for (;;) {
      try {
        const details = await this.#options.engine.inspect(this.id);
        this.#look(details);
        return details;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof SeamarkError && error.code === "not_found") return undefined;
        this.#options.log.debug("the engine does not answer", {
          container: this.id,
          error: messageOf(error),
        });
        await this.#options.clock.sleep(this.#backoff.nextMs(), signal);
      }
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    this.progress.finished();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#woken) await unlessAborted(woken, signal);
    this.#woken = false;
    this.progress.began();
  }

  async #ready(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#options.pipeline.whenReady(), signal);
  }

  #warn(message: string, error: string): void {
    this.#options.log.warn(message, {
      container: this.id.slice(0, 12),
      error: error.slice(0, messageCharsMax),
    });
  }
}

/** Where a container begins to be read; undefined when all of its log is young enough. */
function firstTime(details: ContainerDetails, oldestMs: number): string | undefined {
  return Date.parse(details.Created) > oldestMs ? undefined : formatNanos(msToNanos(oldestMs));
}

/** As the promise, but rejects with the signal's reason as soon as that aborts. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function messageOfEnd(end: LogEnd): string {
  return end.kind === "eof" ? "the log ended while the container runs" : end.message;
}
