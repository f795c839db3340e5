import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Pipeline } from "../ship/pipeline.ts";
import type { ReaderCounters } from "./collector-counters.ts";
import type { Engine, LogEnd, LogRequest, LogSink } from "./engine.ts";
import { countsSince, type IntakeCounts } from "./intake-counts.ts";
import type { LogIntake } from "./log-intake.ts";
import { toSince } from "./log-time.ts";
import { quietMs, type ReadProgress } from "./read-progress.ts";

/** The end of the log that a reconnect asks for: more than the frames that it reads again (see RecentFrames). */
const tailFrames = 10_000;
/** A silent stream is opened again after this long: old engines stop following at a rotation (T17). */
const idleMs = 10 * 60_000;
/** Longer than this no connection is held while the pipeline takes nothing: the engine skips files that rotate away. */
const pausedMs = 5_000;
/** A following connection that is silent for this long while nothing was found does not have it, or takes long. */
const seekingMs = 3_000;

export interface SessionOptions {
  readonly id: string;
  readonly engine: Engine;
  readonly pipeline: Pipeline;
  readonly counters: ReaderCounters;
  readonly clock: Clock;
  readonly intake: LogIntake;
  readonly progress: ReadProgress;
  /** A connection that follows is open. */
  readonly onFollowing: () => void;
  /** New lines came. */
  readonly onLines: () => void;
  /** The engine's own message inside a log. */
  readonly onEngineMessage: (message: string) => void;
}

export type Interruption = "idle" | "paused" | "seeking" | "rest";

export type SessionEnd =
  /** `rest`: the log was read to its end without following. */
  | { readonly kind: "ended"; readonly end: LogEnd; readonly rest: boolean }
  /** What came was not enough; the next connection reads the whole log. */
  | { readonly kind: "needsWhole" }
  | { readonly kind: "interrupted"; readonly why: Interruption };

/** The connections to one container's log, one after the other; all feed one intake. */
export class LogSession {
  readonly #options: SessionOptions;
  #connection: AbortController | undefined;
  #interruption: Interruption | undefined;
  #rest: Promise<LogEnd | undefined> | undefined;
  #signal: AbortSignal | undefined;
  #tty = false;
  #following = false;
  /** The next connections read the whole log. */
  #whole = false;
  /** It was found out that the place to go on at is not there, and nothing came since. */
  #concluded = false;
  /** How long the last read took that did not follow. */
  #concludingMs = 0;
  /** The engine may be on its way to the first line that was asked for. */
  #blind = false;
  #counted: IntakeCounts;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#counted = { ...options.intake.counts };
  }

  /** The place to go on at was looked for to the end of the log. */
  conclude(): void {
    this.#concluded = true;
  }

  /** The next connection reads the whole log. */
  readWhole(): void {
    this.#whole = true;
  }

  /** One connection, to its end. Rejects only with the signal's reason. */
  async read(follow: boolean, tty: boolean, signal: AbortSignal): Promise<SessionEnd> {
    this.#signal = signal;
    this.#tty = tty;
    this.#following = follow;
    const startMs = this.#options.clock.monotonicMs();
    const followed = await this.#connect(follow, signal);
    if (!follow) this.#concludingMs = this.#options.clock.monotonicMs() - startMs;
    this.#following = false;
    const rest = await this.#rest;
    this.#rest = undefined;
    this.#options.progress.closed();
    signal.throwIfAborted();
    if (this.#options.intake.needsWhole) {
      this.#whole = true;
      this.#options.counters.reconnect("whole");
      return { kind: "needsWhole" };
    }
    if (rest?.kind === "eof") return { kind: "ended", end: rest, rest: true };
    if (followed) return { kind: "ended", end: followed, rest: !follow };
    return { kind: "interrupted", why: this.#interruption! };
  }

  /**
   * The container's run has ended: reads what is left of its log at once, beside the connection that follows, which ends
   * when the answer is there. Older engines lose the last lines of a log that is followed when the container is
   * removed as soon as it ends (Docker 20.10: 7 of 16 times), but still answer a read that began in time (16 of 16).
   */
  readRest(): void {
    const signal = this.#signal;
    if (!this.#following || this.#rest || this.#options.intake.needsWhole || !signal) return;
    const onlyTail = this.#options.intake.canTail && !this.#whole;
    const request = this.#request(false, this.#options.intake.since(), onlyTail);
    const sink = this.#sink();
    const opened = (): void => {
      this.#interrupt("rest");
      this.#options.intake.connect(onlyTail, this.#options.clock.nowMs());
      this.#options.progress.opened(false, this.#options.clock.monotonicMs());
    };
    this.#rest = this.#options.engine.logs(request, { ...sink, opened }, signal).catch(() => undefined);
  }

  /** To be called about once a second: ends connections that bring nothing any more. */
  tick(): void {
    const { clock, pipeline, progress, intake } = this.#options;
    const now = clock.monotonicMs();
    const silentMs = progress.silentMs(now);
    if (silentMs === undefined) return;
    if (pipeline.paused && progress.pausedMs(now) > pausedMs) this.#interrupt("paused");
    else if ((intake.seeking || this.#blind) && !this.#concluded && silentMs > seekingMs)
      this.#interrupt("seeking");
    else if (silentMs > idleMs) this.#interrupt("idle");
  }

  #interrupt(why: Interruption): void {
    this.#interruption = why;
    this.#connection?.abort(new Error(why));
  }

  /** Resolves with how the response ended; undefined when it was interrupted from here. */
  async #connect(follow: boolean, signal: AbortSignal): Promise<LogEnd | undefined> {
    const { engine, intake, clock } = this.#options;
    const connection = new AbortController();
    this.#connection = connection;
    this.#interruption = undefined;
    const onlyTail = intake.canTail && !this.#whole;
    const request = this.#request(follow, intake.connect(onlyTail, clock.nowMs()), onlyTail);
    this.#blind = intake.seeking || request.since !== undefined;
    const opened = (): void => this.#opened(follow);
    const either = AbortSignal.any([signal, connection.signal]);
    try {
      return await engine.logs(request, { ...this.#sink(), opened }, either);
    } catch (error) {
      if (this.#interruption === undefined) throw error;
      return undefined;
    } finally {
      this.#connection = undefined;
    }
  }

  #request(follow: boolean, from: string | undefined, onlyTail: boolean): LogRequest {
    return {
      id: this.#options.id,
      follow,
      tty: this.#tty,
      since: from === undefined ? undefined : toSince(from),
      tail: onlyTail ? tailFrames : undefined,
    };
  }

  #opened(follow: boolean): void {
    this.#options.progress.opened(follow, this.#options.clock.monotonicMs(), this.#silenceMs());
    if (follow) this.#options.onFollowing();
  }

  /**
   * How long a new connection must be silent to have nothing. The engine decodes a log from its beginning until it meets
   * the first line that was asked for, so silence says nothing until a read to the log's end has told how long that takes.
   */
  #silenceMs(): number {
    if (!this.#blind) return quietMs;
    return this.#concluded ? quietMs + 2 * this.#concludingMs : Number.POSITIVE_INFINITY;
  }

  #sink(): Omit<LogSink, "opened"> {
    const { clock, intake } = this.#options;
    return {
      chunk: () => intake.setNow(clock.nowMs()),
      frame: (kind, buffer, start, end) => {
        // Kind 3 is the daemon's own message, such as of a log file that it cannot decode (T16); never a line.
        if (kind === 3) this.#options.onEngineMessage(buffer.toString("utf8", start, end));
        else intake.frame(kind, buffer, start, end);
      },
      after: () => this.#tookChunk(),
    };
  }

  /** Brings the counters up to date. */
  count(): void {
    const { intake, counters } = this.#options;
    const before = this.#counted;
    this.#counted = { ...intake.counts };
    counters.add(countsSince(intake.counts, before));
    if (intake.counts.lines > before.lines) this.#options.onLines();
  }

  #tookChunk(): Promise<void> | undefined {
    const { intake, progress, pipeline, clock } = this.#options;
    const { lastMs, openMs, seeking } = intake;
    this.count();
    if (intake.needsWhole) throw new SeamarkError("refused", "the log must be read again");
    this.#concluded = false;
    this.#blind = false;
    if (!seeking) this.#whole = false;
    const monotonicMs = clock.monotonicMs();
    progress.took(monotonicMs, lastMs, openMs, seeking);
    if (lastMs !== undefined) progress.lag(clock.nowMs() - lastMs);
    if (!pipeline.paused) return undefined;
    progress.pausedAt(monotonicMs);
    return pipeline.whenReady().then(() => progress.resumed(clock.monotonicMs()));
  }
}
