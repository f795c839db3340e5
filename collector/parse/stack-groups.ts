import type { OpenGroup } from "./parsed-line.ts";
import { continued, type GroupKind, groupKinds, opened } from "./stack-rules.ts";

/** A group ends here, so that nothing grows without a limit. */
const groupLinesMax = 1_000;

/** A trace is printed at once; a line that comes later than this after the last one starts anew. */
const groupGapMs = 1_000;

/**
 * A trace belongs to the error line before it only when it follows at once: two errors that happen to follow each
 * other must stay two.
 */
const headGapMs = 100;

/** Finds the lines of one stream that continue a stack trace. */
export class StackGroups {
  #first = 0;
  #kind: GroupKind | undefined;
  #lines = 0;
  #lastMs = 0;

  constructor(stored: OpenGroup | undefined) {
    const kind = groupKinds.find((name) => name === stored?.kind);
    if (stored === undefined || kind === undefined) return;
    this.#first = stored.first;
    this.#kind = kind;
    this.#lines = stored.lines;
    this.#lastMs = stored.lastMs;
  }

  /** The sequence of the group's first line when this line continues the open group. */
  continue(line: string, timeMs: number): number | undefined {
    if (this.#kind === undefined) return undefined;
    const gapMs = this.#kind === "head" ? headGapMs : groupGapMs;
    const isLate = Math.abs(timeMs - this.#lastMs) > gapMs;
    const next = isLate || this.#lines >= groupLinesMax ? undefined : continued(this.#kind, line);
    this.#kind = next;
    if (next === undefined) return undefined;
    this.#lines++;
    this.#lastMs = timeMs;
    return this.#first;
  }

  /** Opens a group when the line can be its head. Gives the kind. */
  open(line: string, isSevere: boolean, sequence: number, timeMs: number): GroupKind | undefined {
    this.#kind = opened(line, isSevere);
    this.#first = sequence;
    this.#lines = 1;
    this.#lastMs = timeMs;
    return this.#kind;
  }

  close(): void {
    this.#kind = undefined;
  }

  /** What kind of line continued last. */
  get kind(): GroupKind | undefined {
    return this.#kind;
  }

  toJson(): OpenGroup | undefined {
    if (this.#kind === undefined) return undefined;
    return { first: this.#first, kind: this.#kind, lines: this.#lines, lastMs: this.#lastMs };
  }
}
