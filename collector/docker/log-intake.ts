import type { Json } from "../../common/spool/spool.ts";
import type { GapReason, LogRow } from "../../common/wire/row.ts";
import type { LineParser, OpenGroup } from "../parse/parsed-line.ts";
import { type FrameHash, hashFrame } from "./frame-hash.ts";
import type { FrameKind } from "./frame-reader.ts";
import { gapRow, type NoteRow } from "./gap-row.ts";
import { type IntakeCounts, noCounts } from "./intake-counts.ts";
import { endsLine, lineText, OpenLine } from "./line-assembly.ts";
import { earliest, latest, readStamp, StampClock } from "./log-time.ts";
import {
  type LogPosition,
  marksOf,
  type RunMarks,
  type StreamName,
  type StreamPosition,
} from "./position.ts";
import { framesPerMarkDefault, RecentFrames } from "./recent-frames.ts";
import { ReplayFilter } from "./replay-filter.ts";
import { ReplayRing } from "./replay-ring.ts";
import { Resume } from "./resume.ts";
import { SkipWatch } from "./skip-watch.ts";

export interface IntakeOptions {
  readonly originId: string;
  /** As it was stored; undefined when the container was never read. */
  readonly position: LogPosition | undefined;
  /** The first sequence of a container that was never read: the Unix time in microseconds. */
  readonly firstSequence: number;
  /** Where a container begins to be read that was never read; undefined: at the beginning of its log. */
  readonly start: string | undefined;
  /** For tests; see RecentFrames. */
  readonly framesPerMark?: number;
  /** Size at which the engine rotates the container's log; undefined when it never does. */
  readonly fileBytes: number | undefined;
  /** How many frames the replay ring may grow to. */
  readonly ringFramesMax: number;
  readonly parserOf: (stream: StreamName, group: OpenGroup | undefined) => LineParser;
  /** Takes a row; when it is called `position()` already stands after the row. */
  readonly emit: (row: LogRow) => void;
}

interface StreamState {
  readonly name: StreamName;
  readonly parser: LineParser;
  last: string;
  high: string;
  ordinal: number;
  open: OpenLine | undefined;
  /** The parts of the open line are known by number only, and are taken again from the frames passed over. */
  refills: boolean;
}

/**
 * Turns the frames of one container into rows, each line once and always with the same sequence: passes over what was
 * taken before a reconnect, drops what the daemon repeats, joins the parts of long lines per stream, numbers and
 * parses. Does no I/O; the reader feeds it and stores `position()` with the rows.
 */
export class LogIntake {
  readonly counts: IntakeCounts = noCounts();
  readonly #options: IntakeOptions;
  readonly #ring: ReplayRing;
  readonly #filter: ReplayFilter;
  readonly #recent: RecentFrames;
  readonly #clock = new StampClock();
  readonly #streams = new Map<StreamName, StreamState>();
  readonly #hash: FrameHash = { a: 0, b: 0 };
  #next: number;
  #nowMs = 0;
  #resume: Resume | undefined;
  /** The ring is filled from the frames that are passed over. */
  #fillsRing = false;
  /** Only the end of the log is sent, so that not to find the place proves nothing. */
  #onlyTail = false;
  #needsWhole = false;
  readonly #skips: SkipWatch;
  #marks: RunMarks;

  constructor(options: IntakeOptions) {
    const { position } = options;
    this.#options = options;
    this.#skips = new SkipWatch(options.fileBytes);
    this.#ring = new ReplayRing(options.ringFramesMax);
    this.#filter = new ReplayFilter(this.#ring);
    this.#recent = new RecentFrames(position, options.start, options.framesPerMark ?? framesPerMarkDefault);
    this.#next = position?.next ?? options.firstSequence;
    this.#marks = marksOf(position);
    for (const name of ["stdout", "stderr"] as const) {
      const stored = position?.[name];
      if (stored) this.#streams.set(name, this.#restored(name, stored));
    }
  }

  /** Whether the place to go on at has not been found yet on this connection. */
  get seeking(): boolean {
    return this.#resume !== undefined;
  }

  /** Docker's time of the latest line taken, nine digits; undefined before the first. */
  get lastTime(): string | undefined {
    return this.#latest();
  }

  /** The same in milliseconds. */
  get lastMs(): number | undefined {
    const time = this.#latest();
    return time === undefined ? undefined : this.#clock.toMs(time);
  }

  /** Time of the oldest line whose parts have not all come, milliseconds. */
  get openMs(): number | undefined {
    const time = earliest(this.#openTimes());
    return time === undefined ? undefined : this.#clock.toMs(time);
  }

  get marks(): RunMarks {
    return this.#marks;
  }

  /** Remembers what is known of the container's run; goes out with the next row or position. */
  mark(marks: RunMarks): void {
    this.#marks = { ...this.#marks, ...marks };
  }

  /** Whether there is a place to go on at, which the end of the log may hold. */
  get canTail(): boolean {
    return this.#recent.target() !== undefined;
  }

  /**
   * Whether the whole log must be read again: its end did not hold the place to go on at, or lines seem to be left out.
   * Whatever comes is ignored until `connect()`.
   */
  get needsWhole(): boolean {
    return this.#needsWhole;
  }

  /**
   * Must be called before each connection; `onlyTail` when not the whole log is asked for, `nowMs` the host's time.
   * Returns the time to read from; undefined: from the beginning.
   */
  connect(onlyTail = false, nowMs = 0): string | undefined {
    this.#filter.reset();
    this.#skips.connected(nowMs);
    this.#onlyTail = onlyTail;
    this.#needsWhole = false;
    for (const stream of this.#streams.values()) {
      if (stream.open && stream.refills) stream.open = new OpenLine(stream.open.time);
    }
    // After a start the ring is filled with the frames that are passed over; in between it is kept.
    this.#fillsRing = !this.#recent.any;
    if (this.#fillsRing) this.#ring.clear();
    const target = this.#recent.target();
    this.#resume = target && new Resume({ ...target, high: this.#highs() });
    return this.since();
  }

  /** The time to read from; undefined: from the beginning. */
  since(): string | undefined {
    return this.#recent.since(this.#openTimes());
  }

  /** The time of the chunk whose frames come next. */
  setNow(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#skips.chunk(nowMs, this.lastMs, this.counts.bytes);
  }

  /** Takes one frame, timestamp included. Kind 3 is for the reader, not for here. */
  frame(kind: FrameKind, buffer: Buffer, start: number, end: number): void {
    const stamp = readStamp(buffer, start, end);
    const name = kind === 2 ? "stderr" : "stdout";
    const time = stamp?.time ?? this.#fallbackTime(name);
    const textStart = stamp?.textStart ?? start;
    if (this.#needsWhole) return;
    hashFrame(this.#hash, kind, buffer, start, end);
    if (this.#resume && this.#pass(this.#resume, name, time, buffer, textStart, end)) return;
    const stream = this.#streams.get(name);
    if (stream && this.#filter.isRepeat(stream, time, this.#hash)) {
      this.counts.repeated += 1;
      return;
    }
    if (this.#skips.armed && this.#skips.isSkip(this.#clock.toMs(time))) this.#needsWhole = true;
    else this.#take(name, time, buffer, textStart, end);
  }

  /** The log was read to its end and nothing of it will follow: what is open is a last line without a newline. */
  end(): void {
    for (const stream of this.#streams.values()) this.#flush(stream);
  }

  /**
   * The log was read to its end while the place to go on at was still looked for. True when it must be read again: as
   * a whole when it was only its end, or because none of it was taken, and then the gap row is given.
   */
  endSeeking(): boolean {
    const resume = this.#resume;
    if (resume && this.#onlyTail) {
      this.#needsWhole = true;
      return true;
    }
    this.#resume = undefined;
    if (!resume?.mustStartOver) return false;
    const start = this.#latest();
    for (const stream of this.#streams.values()) {
      stream.last = "";
      stream.high = "";
      this.#flush(stream);
    }
    this.#recent.clear(undefined);
    this.gap("rotated_away", start, undefined);
    return true;
  }

  /** Gives an event row. */
  note(row: NoteRow): void {
    const sequence = this.#next;
    this.#next += 1;
    this.#options.emit({ ...row, "origin.id": this.#options.originId, "event.sequence": sequence });
  }

  /** Gives a row that stands for lines that are lost; times are those of the last line before and the first after. */
  gap(reason: GapReason, start: string | undefined, end: string | undefined): void {
    const row = gapRow(reason, start, end);
    if (!row) return;
    this.counts.gaps += 1;
    this.note(row);
  }

  position(): Json {
    const since = this.since();
    const streams = [...this.#streams.values()].map((stream) => [stream.name, storedStream(stream)]);
    const position: LogPosition = {
      version: 1,
      next: this.#next,
      ...this.#recent.stored(),
      ...(since === undefined ? {} : { since }),
      ...Object.fromEntries(streams),
      ...this.#marks,
    };
    return position as unknown as Json;
  }

  /** Passes over a frame that was taken before; false when the frame is new. */
  #pass(resume: Resume, name: StreamName, time: string, buffer: Buffer, start: number, end: number): boolean {
    const verdict = resume.verdict(name, time, this.#hash);
    if (verdict === "gone") {
      if (this.#onlyTail) this.#needsWhole = true;
      else this.#goOnAfterGap(time);
      return this.#needsWhole;
    }
    this.counts.passed += 1;
    if (this.#fillsRing) this.#ring.add(this.#hash, this.#nowMs);
    const stream = this.#streams.get(name);
    if (stream?.refills && stream.open?.time === time) stream.open.add(this.#hash, buffer, start, end);
    if (verdict === "last") {
      this.#resume = undefined;
      for (const each of this.#streams.values()) each.refills = false;
    }
    return true;
  }

  /** The last frame taken is gone, and with it whatever came between it and `time`; at a file's end that is nothing. */
  #goOnAfterGap(time: string): void {
    const start = this.#latest();
    const follows = start !== undefined && this.#recent.mayFollow(start, time);
    this.#resume = undefined;
    this.#recent.clear(time);
    for (const stream of this.#streams.values()) this.#flush(stream);
    if (!follows) this.gap("rotated_away", start, time);
  }

  #take(name: StreamName, time: string, buffer: Buffer, start: number, end: number): void {
    const stream = this.#streams.get(name) ?? this.#created(name);
    // A run that ended without a newline leaves its last line open; the next frame has another time.
    if (stream.open && stream.open.time !== time) this.#flush(stream);
    stream.ordinal = stream.last === time ? stream.ordinal + 1 : 0;
    stream.last = time;
    if (time > stream.high) stream.high = time;
    this.#ring.add(this.#hash, this.#nowMs);
    this.#recent.add(this.#hash, time, stream.ordinal);
    this.counts.bytes += end - start;
    const ends = endsLine(buffer, start, end);
    if (ends && !stream.open) {
      this.#line(stream, time, lineText(buffer, start, end), false);
      return;
    }
    stream.open ??= new OpenLine(time);
    stream.open.add(this.#hash, buffer, start, end);
    if (ends) this.#flush(stream);
  }

  /** Gives the open line as a row. */
  #flush(stream: StreamState): void {
    const { open } = stream;
    stream.open = undefined;
    stream.refills = false;
    if (open?.hasText) this.#line(stream, open.time, open.text(), open.truncated);
  }

  #line(stream: StreamState, time: string, text: string, truncated: boolean): void {
    const sequence = this.#next;
    this.#next += 1;
    this.counts.lines += 1;
    const { fields, group } = stream.parser.parse(text, sequence, this.#clock.toMs(time));
    const row: LogRow = {
      "@timestamp": time,
      "origin.id": this.#options.originId,
      "event.sequence": sequence,
      "log.iostream": stream.name,
      ...fields,
    };
    if (group !== undefined) row["event.group"] = group;
    if (truncated) {
      row["log.truncated"] = true;
      this.counts.truncated += 1;
    }
    this.#options.emit(row);
  }

  #restored(name: StreamName, stored: StreamPosition): StreamState {
    return {
      name,
      parser: this.#options.parserOf(name, stored.group),
      last: stored.last,
      high: stored.high,
      ordinal: stored.ordinal,
      open: stored.open === undefined ? undefined : new OpenLine(stored.open),
      refills: stored.open !== undefined,
    };
  }

  #created(name: StreamName): StreamState {
    const parser = this.#options.parserOf(name, undefined);
    const stream: StreamState = {
      name,
      parser,
      last: "",
      high: "",
      ordinal: 0,
      open: undefined,
      refills: false,
    };
    this.#streams.set(name, stream);
    return stream;
  }

  /** A frame without a time takes that of the line before; nothing is dropped for its shape. */
  #fallbackTime(name: StreamName): string {
    this.counts.unstamped += 1;
    const last = this.#streams.get(name)?.last ?? "";
    return last === "" ? new Date(this.#nowMs).toISOString().replace("Z", "000000Z") : last;
  }

  #openTimes(): string[] {
    const times: string[] = [];
    for (const stream of this.#streams.values()) if (stream.open) times.push(stream.open.time);
    return times;
  }

  #highs(): Partial<Record<StreamName, string>> {
    const highs: Partial<Record<StreamName, string>> = {};
    for (const stream of this.#streams.values()) highs[stream.name] = stream.high;
    return highs;
  }

  #latest(): string | undefined {
    return latest([...this.#streams.values()].map((stream) => stream.last)) || undefined;
  }
}

function storedStream(stream: StreamState): StreamPosition {
  const group = stream.parser.openGroup();
  return {
    last: stream.last,
    high: stream.high,
    ordinal: stream.ordinal,
    ...(stream.open === undefined ? {} : { open: stream.open.time }),
    ...(group === undefined ? {} : { group }),
  };
}
