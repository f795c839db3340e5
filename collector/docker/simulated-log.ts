import type { LogRow } from "../../common/wire/row.ts";
import type { LineParser, OpenGroup } from "../parse/parsed-line.ts";
import { LogIntake } from "./log-intake.ts";
import { readPosition } from "./position.ts";

/** One part of a line as the daemon keeps it. For tests. */
export interface SimulatedFrame {
  readonly stream: "stdout" | "stderr";
  /** Nanoseconds after 2026-11-22T18:00:00Z. */
  readonly at: number;
  /** With its newline when the line ends here. */
  readonly text: string;
}

export const timeAt = (nanos: number): string => {
  const seconds = Math.floor(nanos / 1e9);
  const base = new Date(Date.parse("2026-11-22T18:00:00Z") + seconds * 1000).toISOString().slice(0, 19);
  return `${base}.${String(nanos - seconds * 1e9).padStart(9, "0")}Z`;
};

export function payloadOf(frame: SimulatedFrame): Buffer {
  return Buffer.from(`${timeAt(frame.at)} ${frame.text}`);
}

/** The frame as it stands in the body of a logs response. */
export function encodeFrame(frame: SimulatedFrame, kind = frame.stream === "stdout" ? 1 : 2): Buffer {
  const payload = payloadOf(frame);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Gives every line back as its text. */
export function plainParser(): LineParser {
  return { parse: (message) => ({ fields: { message } }), openGroup: () => undefined };
}

/** An intake with a disk beside it: rows and position become durable together, or are lost together. */
export class SimulatedCollector {
  durable: LogRow[] = [];
  #pending: LogRow[] = [];
  #position: unknown;
  intake: LogIntake;
  /** Whether the segment is closed as soon as it has a row. */
  closeAtRow: () => boolean = () => false;
  readonly #parserOf: (group: OpenGroup | undefined) => LineParser;
  readonly #framesPerMark: number;

  constructor(parserOf: (group: OpenGroup | undefined) => LineParser = plainParser, framesPerMark = 512) {
    this.#parserOf = parserOf;
    this.#framesPerMark = framesPerMark;
    this.intake = this.#start();
  }

  /** Closes the segment. */
  commit(): void {
    this.durable.push(...this.#pending);
    this.#pending = [];
    this.#position = JSON.parse(JSON.stringify(this.intake.position()));
  }

  /** `kill -9` and a new start. */
  kill(): void {
    this.#pending = [];
    this.intake = this.#start();
  }

  take(frame: SimulatedFrame): void {
    const payload = payloadOf(frame);
    this.intake.frame(frame.stream === "stdout" ? 1 : 2, payload, 0, payload.length);
  }

  #start(): LogIntake {
    return new LogIntake({
      originId: "0123456789abcdef",
      position: readPosition(this.#position as never),
      firstSequence: 1000,
      start: undefined,
      framesPerMark: this.#framesPerMark,
      fileBytes: undefined,
      ringFramesMax: 1 << 16,
      parserOf: (_stream, group) => this.#parserOf(group),
      emit: (row) => {
        this.#pending.push(row);
        if (this.closeAtRow()) this.commit();
      },
    });
  }
}

/** What the engine sends for `since`: an older engine drops every earlier frame, a newer one only those at the front. */
export function readSince(
  log: readonly SimulatedFrame[],
  since: string | undefined,
  newer: boolean,
): readonly SimulatedFrame[] {
  if (since === undefined) return log;
  if (!newer) return log.filter((frame) => timeAt(frame.at) >= since);
  const first = log.findIndex((frame) => timeAt(frame.at) >= since);
  return first < 0 ? [] : log.slice(first);
}
