import type { Row } from "../api/types.ts";

/** One entry of the list: a row with the continuation lines of its stack trace folded under it. */
export interface Line {
  readonly row: Row;
  /** Continuation rows in order of printing. */
  frames: Row[];
}

/** The list never holds more; 100,000 rows are some 100 MB in the browser. */
export const linesMax = 100_000;

/** Continuations of one trace that are kept under it; more stay in the store. */
const framesMax = 500;

/**
 * In descending order a continuation at the end of a page may have its head on the next page, so the end of the page
 * waits for it. Less than the first page of 300 rows, so that a screen of lines is there at once in any case.
 */
const heldRowsMax = 200;
/** The lines of one trace are printed at once: after so much time no head comes any more. */
const traceMs = 5_000;

/**
 * The lines of the list in order. Entries have absolute indexes that stay the same while lines are appended at the
 * end, evicted at the front, or put before the front, so that a scroll position can be held.
 */
export class LineBuffer {
  readonly #max: number;
  #slots: (Line | undefined)[];
  /** Absolute index of the first kept line; may be negative after `prepend`. */
  #first = 0;
  #end = 0;
  #evicted = 0;
  /** Heads by origin and sequence, to find the line that a continuation belongs to. */
  #heads = new Map<string, Line>();
  /** In descending order continuations come before their head: those whose head is among the rows that are here. */
  #orphans = new Map<string, Row[]>();
  /** The last rows in descending order, from the first continuation on whose head may still come. */
  #held: readonly Row[] = [];

  constructor(max = linesMax) {
    this.#max = max;
    this.#slots = [];
  }

  get first(): number {
    return this.#first;
  }

  /** One past the last absolute index. */
  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** Lines that gave way at the front. */
  get evicted(): number {
    return this.#evicted;
  }

  at(index: number): Line | undefined {
    if (index < this.#first || index >= this.#end) return undefined;
    return this.#slots[this.#slot(index)];
  }

  clear(): void {
    this.#slots = [];
    this.#first = this.#end = this.#evicted = 0;
    this.#heads.clear();
    this.#orphans.clear();
    this.#held = [];
  }

  /** Appends rows in the order of the list; returns how many entries were added. */
  append(rows: readonly Row[], order: "asc" | "desc"): number {
    const before = this.#end;
    if (order === "desc") {
      const all = [...this.#held, ...rows];
      this.#addDescending(all, heldFrom(all));
    } else for (const row of rows) if (!this.#fold(row)) this.#push({ row, frames: [] });
    return this.#end - before;
  }

  /** Puts older (ascending) or newer (descending) rows before the front, given in the order of the list. */
  prepend(rows: readonly Row[]): number {
    // Heads first: in either order a continuation may stand before or behind the line that it belongs to.
    const heads = new Map<string, Line>();
    for (const row of rows)
      if (row["event.group"] === undefined)
        heads.set(nameOf(row, row["event.sequence"]), { row, frames: [] });
    const lines: Line[] = [];
    for (const row of rows) {
      const own = heads.get(nameOf(row, row["event.group"] ?? row["event.sequence"]));
      if (own?.row === row) lines.push(own);
      else if (own && own.frames.length < framesMax) own.frames.push(row);
      else if (!own && !this.#fold(row)) lines.push({ row, frames: [] });
    }
    const room = this.#max - this.length;
    const kept = lines.slice(Math.max(0, lines.length - room));
    for (const line of kept.reverse()) {
      this.#first -= 1;
      this.#slots[this.#slot(this.#first)] = line;
      this.#remember(line);
    }
    for (const { frames } of kept) frames.sort((a, b) => a["event.sequence"] - b["event.sequence"]);
    return kept.length;
  }

  /** No more rows come: continuations whose head was not in the answer are shown as rows of their own. */
  flushOrphans(): number {
    const before = this.#end;
    this.#addDescending(this.#held, this.#held.length);
    return this.#end - before;
  }

  /** Absolute index of the row with that id; linear, for clicks and links only. */
  indexOf(id: string): number | undefined {
    for (let index = this.#first; index < this.#end; index += 1) {
      const line = this.at(index)!;
      if (line.row.id === id || line.frames.some((frame) => frame.id === id)) return index;
    }
    return undefined;
  }

  #slot(index: number): number {
    return ((index % this.#max) + this.#max) % this.#max;
  }

  /** Shows the rows before `end` and keeps the others; a continuation without a head stands where its time is. */
  #addDescending(rows: readonly Row[], end: number): void {
    const heads = headNames(rows);
    this.#held = rows.slice(end);
    for (const row of rows.slice(0, end)) {
      if (this.#fold(row)) continue;
      const head = headNameOf(row);
      if (head !== undefined && heads.has(head)) {
        const waiting = this.#orphans.get(head);
        if (waiting) waiting.unshift(row);
        else this.#orphans.set(head, [row]);
        continue;
      }
      const name = nameOf(row, row["event.sequence"]);
      const frames = this.#orphans.get(name) ?? [];
      this.#orphans.delete(name);
      this.#push({ row, frames });
    }
  }

  /** True when the row went under a head that is here. */
  #fold(row: Row): boolean {
    const group = row["event.group"];
    if (group === undefined) return false;
    const head = this.#heads.get(nameOf(row, group));
    if (!head) return false;
    if (head.frames.length < framesMax) head.frames.push(row);
    return true;
  }

  #remember(line: Line): void {
    if (line.row["event.kind"] === undefined)
      this.#heads.set(nameOf(line.row, line.row["event.sequence"]), line);
  }

  #push(line: Line): void {
    if (this.length === this.#max) this.#evict();
    this.#slots[this.#slot(this.#end)] = line;
    this.#end += 1;
    this.#remember(line);
  }

  #evict(): void {
    const slot = this.#slot(this.#first);
    const line = this.#slots[slot];
    if (line) this.#heads.delete(nameOf(line.row, line.row["event.sequence"]));
    this.#slots[slot] = undefined;
    this.#first += 1;
    this.#evicted += 1;
  }
}

function nameOf(row: Row, sequence: number): string {
  return `${row["origin.id"]}-${sequence}`;
}

/** Name of the line that a continuation belongs to. */
function headNameOf(row: Row): string | undefined {
  const group = row["event.group"];
  return group === undefined ? undefined : nameOf(row, group);
}

function headNames(rows: readonly Row[]): ReadonlySet<string> {
  const heads = rows.filter((row) => row["event.group"] === undefined && row["event.kind"] === undefined);
  return new Set(heads.map((row) => nameOf(row, row["event.sequence"])));
}

/**
 * Where in rows of descending order the first continuation stands whose head may still come. None comes any more when
 * an earlier line of the same origin is here, or a line of any origin from well before.
 */
function heldFrom(rows: readonly Row[]): number {
  const heads = headNames(rows);
  const lowest = new Map<string, number>();
  for (const row of rows)
    if (row["event.kind"] === undefined)
      lowest.set(
        row["origin.id"],
        Math.min(row["event.sequence"], lowest.get(row["origin.id"]) ?? Number.POSITIVE_INFINITY),
      );
  const endMs = Date.parse(rows.at(-1)?.["@timestamp"] ?? "");
  for (let at = Math.max(0, rows.length - heldRowsMax); at < rows.length; at += 1) {
    const row = rows[at]!;
    const group = row["event.group"];
    if (group === undefined || heads.has(nameOf(row, group))) continue;
    const passed = (lowest.get(row["origin.id"]) ?? 0) < group;
    if (!passed && Date.parse(row["@timestamp"]) - endMs < traceMs) return at;
  }
  return rows.length;
}
