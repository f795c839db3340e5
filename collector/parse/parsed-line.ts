import type { LogRow } from "../../common/wire/row.ts";

/** The fields of a row that come from the line's own text. */
export type LineFields = Omit<
  LogRow,
  | "@timestamp"
  | "origin.id"
  | "event.sequence"
  | "event.group"
  | "log.iostream"
  | "event.kind"
  | "event.action"
  | "event.reason"
  | "event.start"
  | "event.end"
  | "event.count"
>;

/**
 * The open group of a stack trace in one stream of a container; plain JSON, because it travels in the position so
 * that a line after a restart gets the same group again.
 */
export interface OpenGroup {
  /** Sequence of the group's first line. */
  readonly first: number;
  /** Which language's continuation rules apply. */
  readonly kind: string;
  /** Lines in the group so far; a group ends at 1,000 so that nothing grows without a limit. */
  readonly lines: number;
  /** Time of the group's last line in milliseconds: a line that comes much later starts anew. */
  readonly lastMs: number;
}

/** Parses the lines of one stream of one container. Not shared: it remembers which format won last. */
export interface LineParser {
  /**
   * Reads one line (no newline at its end). Never throws and never drops: what does not parse is a message.
   * `sequence` is the line's own; `timeMs` is Docker's time of the line. The result's `group` is the sequence of
   * the first line when this line continues a stack trace.
   */
  parse(line: string, sequence: number, timeMs: number): ParsedLine;
  /** The open group, undefined when none is; travels in the position. */
  openGroup(): OpenGroup | undefined;
}

export interface ParsedLine {
  readonly fields: LineFields;
  readonly group?: number;
}
