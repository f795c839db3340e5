import type { Zone } from "../format/zone.ts";
import type { Line, LineBuffer } from "./line-buffer.ts";
import { RowElement } from "./row-element.ts";
import { charactersWrappedMax, clipped, marked, type RowModel, rowModel } from "./row-model.ts";
import { fixedOffsets, type RowOffsets, WrappedOffsets, windowOf, wrappedLines } from "./row-offsets.ts";

/** What the list shows and how; a change of any of it redraws what is seen. */
export interface ViewOptions {
  readonly zone: Zone;
  readonly highlight: RegExp | undefined;
  readonly wrap: boolean;
  /** Two-line rows with the message below, for narrow screens. */
  readonly narrow: boolean;
  readonly selectedId: string | undefined;
  /** Absolute index of the row that is open, and the height of what is open below it. */
  readonly open: { readonly index: number; readonly heightPx: number } | undefined;
  /** The list follows its end. */
  readonly follow: boolean;
}

export interface ViewEvents {
  pick(index: number): void;
  /** The reader scrolled away from the end, or back to it. */
  away(atEnd: boolean): void;
  /** What is seen changed: absolute indexes, half-open. */
  seen(from: number, to: number): void;
  /** Where the open row's panel stands; undefined when there is none. */
  panel(topPx: number | undefined): void;
}

const rowPx = 20;
const narrowRowPx = 62;
/** Left of the message: edge, time, level, app; the CSS grid has the same. */
const columnsPx = 9 + 3 + 104 + 56 + 212 + 16;
/** A wrapped row shows at most this many lines of text; the open row shows all. */
const wrappedLinesMax = 40;
const nearEndPx = 4;
/** Inertial scrolling goes on for about this long after the last event of the wheel or finger. */
const handMs = 1000;

/** The virtual list: draws only what is seen, into elements that are used again. */
export class LineListView {
  readonly #scroller: HTMLElement;
  readonly #sizer: HTMLElement;
  readonly #buffer: LineBuffer;
  readonly #events: ViewEvents;
  readonly #shown = new Map<number, RowElement>();
  readonly #spare: RowElement[] = [];
  readonly #wrapped = new WrappedOffsets();
  #heights = new WeakMap<Line, number>();
  #options: ViewOptions;
  #stamp = 0;
  #frame = 0;
  #totalPx = -1;
  #characterPx = 7.2;
  #first = 0;
  /** Set by this class, to tell its own scrolling from the reader's. */
  #ownTop = -1;
  #inputAt = Number.NEGATIVE_INFINITY;
  #held = false;
  readonly #released = () => {
    this.#held = false;
  };
  readonly #watcher: ResizeObserver;

  constructor(
    scroller: HTMLElement,
    sizer: HTMLElement,
    buffer: LineBuffer,
    options: ViewOptions,
    events: ViewEvents,
  ) {
    this.#scroller = scroller;
    this.#sizer = sizer;
    this.#buffer = buffer;
    this.#options = options;
    this.#events = events;
    this.#characterPx = characterWidth(sizer);
    // Not a table element: that could not be virtual. The rows say which of all rows they are.
    scroller.setAttribute("role", "table");
    scroller.setAttribute("aria-label", "Lines");
    sizer.setAttribute("role", "rowgroup");
    scroller.addEventListener("scroll", (event) => this.#scrolled(event), { passive: true });
    window.addEventListener("pointerup", this.#released);
    // A list that shrinks (a notice above it) scrolls too; only what the reader's hand does pauses a tail.
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"] as const)
      scroller.addEventListener(kind, (event) => this.#touched(event), { passive: true });
    sizer.addEventListener("click", (event) => this.#clicked(event));
    this.#watcher = new ResizeObserver(() => {
      this.#heights = new WeakMap();
      this.changed();
    });
    this.#watcher.observe(scroller);
  }

  destroy(): void {
    this.#watcher.disconnect();
    window.removeEventListener("pointerup", this.#released);
    cancelAnimationFrame(this.#frame);
  }

  set(options: ViewOptions): void {
    const before = this.#options;
    this.#options = options;
    const looks =
      before.zone !== options.zone || before.highlight !== options.highlight || before.wrap !== options.wrap;
    if (looks) {
      this.#stamp += 1;
      this.#heights = new WeakMap();
    }
    this.changed();
  }

  /** Lines were added or evicted, or anything else that is drawn changed; drawn with the next frame, once. */
  changed(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** The list was filled anew: back to the start, or with that row in the middle. */
  restart(index: number | undefined): void {
    this.#first = this.#buffer.first;
    this.#size();
    const offsets = this.#offsets();
    const view = this.#scroller.clientHeight;
    this.#scrollTo(index === undefined ? 0 : offsets.topOf(index) - Math.round(view / 3));
    this.changed();
  }

  scrollToEnd(): void {
    this.#size();
    this.#scrollTo(this.#totalPx);
    this.changed();
  }

  /** Scrolls as little as needed so that the row is seen. */
  reveal(index: number): void {
    this.#size();
    const offsets = this.#offsets();
    const top = offsets.topOf(index);
    const bottom = top + this.#heightOf(index);
    const view = this.#scroller.clientHeight;
    const margin = 3 * rowPx;
    if (top < this.#scroller.scrollTop + margin) this.#scrollTo(top - margin);
    else if (bottom > this.#scroller.scrollTop + view - margin) this.#scrollTo(bottom - view + margin);
    this.changed();
  }

  /** Scrolls so that what is open below the row is seen, but never the row itself out of sight. */
  revealOpen(index: number): void {
    const { open } = this.#options;
    if (open?.index !== index) return;
    const offsets = this.#size();
    const top = offsets.topOf(index);
    const bottom = top + this.#heightOf(index) + open.heightPx;
    const view = this.#scroller.clientHeight;
    if (bottom > this.#scroller.scrollTop + view) this.#scrollTo(Math.min(top - rowPx, bottom - view));
    this.changed();
  }

  pageRows(): number {
    return Math.max(
      1,
      Math.floor(this.#scroller.clientHeight / (this.#options.narrow ? narrowRowPx : rowPx)) - 2,
    );
  }

  #scrollTo(top: number): void {
    this.#scroller.scrollTop = Math.max(0, top);
    this.#ownTop = this.#scroller.scrollTop;
  }

  #touched(event: Event): void {
    this.#inputAt = event.timeStamp;
    this.#held = event.type === "pointerdown";
  }

  /** True within a second of the reader's input, and as long as the scroll bar is held. */
  #byHand(event: Event): boolean {
    return this.#held || event.timeStamp - this.#inputAt < handMs;
  }

  #scrolled(event: Event): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const atEnd = scrollTop + clientHeight >= this.#totalPx - nearEndPx;
    // A scroll that this class made says nothing about the reader.
    if (Math.abs(scrollTop - this.#ownTop) > 1 && this.#byHand(event)) {
      this.#ownTop = -1;
      this.#events.away(atEnd);
    }
    this.changed();
  }

  #clicked(event: MouseEvent): void {
    if (window.getSelection()?.isCollapsed === false) return;
    const element = (event.target as HTMLElement).closest<HTMLElement>(".lr");
    if (!element || element.parentElement !== this.#sizer) return;
    for (const row of this.#shown.values()) if (row.element === element) this.#events.pick(row.index);
  }

  #offsets(): RowOffsets {
    const { first, end } = this.#buffer;
    const { wrap, narrow, open } = this.#options;
    if (!wrap) return fixedOffsets(first, end, narrow ? narrowRowPx : rowPx, open);
    const width = this.#scroller.clientWidth - (narrow ? 24 : columnsPx);
    const columns = Math.max(20, Math.floor(width / this.#characterPx));
    this.#wrapped.fill(
      first,
      end,
      (index) => this.#wrappedHeight(index, columns) + (open?.index === index ? open.heightPx : 0),
    );
    return this.#wrapped.offsets;
  }

  #wrappedHeight(index: number, columns: number): number {
    const line = this.#buffer.at(index);
    if (!line) return rowPx;
    const known = this.#heights.get(line);
    if (known !== undefined) return known;
    const model = this.#model(line);
    let text = "";
    for (const part of model.parts) text += part.text;
    const lines = model.kind === "line" ? Math.min(wrappedLinesMax, wrappedLines(text, columns)) : 1;
    const height = (lines + (this.#options.narrow ? 1 : 0)) * rowPx;
    this.#heights.set(line, height);
    return height;
  }

  #heightOf(index: number): number {
    if (!this.#options.wrap) return this.#options.narrow ? narrowRowPx : rowPx;
    const line = this.#buffer.at(index);
    return (line && this.#heights.get(line)) ?? rowPx;
  }

  readonly #model = (line: Line): RowModel => {
    const model = rowModel(line.row, this.#options.zone);
    const parts = this.#options.wrap ? clipped(model.parts, charactersWrappedMax) : clipped(model.parts);
    return { ...model, parts: marked(parts, this.#options.highlight) };
  };

  /** Keeps what is read where it is when lines were put before it or evicted before it. */
  #size(): RowOffsets {
    const before = this.#first;
    const offsets = this.#offsets();
    this.#first = this.#buffer.first;
    if (offsets.totalPx !== this.#totalPx) {
      this.#totalPx = offsets.totalPx;
      this.#sizer.style.height = `${offsets.totalPx}px`;
    }
    if (this.#first < before) this.#scrollTo(this.#scroller.scrollTop + offsets.topOf(before));
    return offsets;
  }

  #draw(): void {
    const { first, end } = this.#buffer;
    const offsets = this.#size();
    const view = this.#scroller.clientHeight;
    if (this.#options.follow) this.#scrollTo(offsets.totalPx - view);
    const seen = windowOf(offsets, first, end, this.#scroller.scrollTop, view);
    this.#recycle(seen.from, seen.to);
    for (let index = seen.from; index < seen.to; index += 1) this.#drawRow(index, offsets);
    for (const spare of this.#spare) spare.element.remove();
    const { open } = this.#options;
    this.#events.panel(open && offsets.topOf(open.index) + this.#heightOf(open.index));
    this.#scroller.setAttribute("aria-rowcount", String(this.#buffer.length + 1));
    this.#events.seen(
      offsets.indexAt(this.#scroller.scrollTop),
      Math.min(end, offsets.indexAt(this.#scroller.scrollTop + view) + 1),
    );
  }

  /** Rows that left the window give their elements to those that came. */
  #recycle(from: number, to: number): void {
    for (const [index, row] of this.#shown) {
      if (index >= from && index < to) continue;
      this.#shown.delete(index);
      this.#spare.push(row);
    }
  }

  #drawRow(index: number, offsets: RowOffsets): void {
    const line = this.#buffer.at(index);
    if (!line) return;
    let row = this.#shown.get(index);
    if (!row) {
      row = this.#spare.pop() ?? new RowElement();
      this.#shown.set(index, row);
      if (row.element.parentElement !== this.#sizer) this.#sizer.append(row.element);
    }
    row.show(index, line, this.#stamp, this.#model);
    row.place(offsets.topOf(index), this.#heightOf(index), this.#classOf(index, line));
    row.element.setAttribute("aria-rowindex", String(index - this.#buffer.first + 2));
  }

  #classOf(index: number, line: Line): string {
    const { row } = line;
    const kind = row["event.kind"];
    const level = kind ? "" : (row["log.level"]?.toUpperCase() ?? "NONE");
    const selected = row.id === this.#options.selectedId ? " sel" : "";
    const open = this.#options.open?.index === index ? " open" : "";
    const gap = kind === "gap" ? " gap" : kind === "event" ? " gap ev" : "";
    return `lr ${level}${gap}${selected}${open}${this.#options.wrap ? " wrapped" : ""}`;
  }
}

/** Width of one character of the log's font, measured over many so that fractions count. */
function characterWidth(holder: HTMLElement): number {
  const probe = document.createElement("span");
  probe.className = "probe";
  probe.textContent = "0".repeat(100);
  holder.append(probe);
  const width = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return width > 0 ? width : 7.2;
}
