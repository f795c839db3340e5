import type { Line } from "./line-buffer.ts";
import { type Part, type RowModel, withFold } from "./row-model.ts";

/** The elements of one row on the screen. They are used again for other lines, never made anew while scrolling. */
export class RowElement {
  readonly element: HTMLDivElement;
  readonly #time: HTMLElement;
  readonly #level: HTMLElement;
  readonly #subject: HTMLElement;
  readonly #app: Text;
  readonly #where: HTMLElement;
  readonly #message: HTMLElement;
  /** What is shown now, so that nothing is written twice. */
  #line: Line | undefined;
  #frames = 0;
  #stamp = -1;
  #index = Number.NaN;
  #top = Number.NaN;
  #height = Number.NaN;
  #className = "";

  constructor() {
    this.element = document.createElement("div");
    this.element.setAttribute("role", "row");
    this.#time = this.#cell("t");
    this.#level = this.#cell("lv");
    this.#subject = this.#cell("s");
    this.#app = document.createTextNode("");
    this.#where = document.createElement("em");
    this.#subject.append(this.#app, this.#where);
    this.#message = this.#cell("m");
  }

  get index(): number {
    return this.#index;
  }

  /** `stamp` rises when all rows look different: another query to mark, another zone, another width. */
  show(index: number, line: Line, stamp: number, render: (line: Line) => RowModel): void {
    if (this.#line === line && this.#stamp === stamp && this.#frames === line.frames.length) {
      this.#setIndex(index);
      return;
    }
    this.#line = line;
    this.#stamp = stamp;
    this.#frames = line.frames.length;
    this.#setIndex(index);
    const model = render(line);
    this.#time.textContent = model.time;
    this.#level.textContent = model.level;
    this.#app.data = `${model.app} `;
    this.#where.textContent = model.where;
    const parts = withFold(model.parts, line.frames.length);
    writeParts(this.#message, parts);
  }

  place(top: number, height: number, className: string): void {
    if (top !== this.#top) {
      this.#top = top;
      this.element.style.transform = `translateY(${top}px)`;
    }
    if (height !== this.#height) {
      this.#height = height;
      this.element.style.height = `${height}px`;
    }
    if (className !== this.#className) {
      this.#className = className;
      this.element.className = className;
    }
  }

  #setIndex(index: number): void {
    if (index === this.#index) return;
    this.#index = index;
    this.element.id = `line${index}`;
  }

  #cell(className: string): HTMLElement {
    const cell = document.createElement("span");
    cell.className = className;
    cell.setAttribute("role", "cell");
    this.element.append(cell);
    return cell;
  }
}

/** Writes parts as text into spans that are used again. Text never becomes markup. */
export function writeParts(holder: HTMLElement, parts: readonly Part[]): void {
  for (const [at, part] of parts.entries()) {
    let span = holder.childNodes[at] as HTMLElement | undefined;
    if (!span) {
      span = document.createElement("span");
      holder.append(span);
    }
    if (span.className !== part.className) span.className = part.className;
    span.textContent = part.text;
  }
  while (holder.childNodes.length > parts.length) holder.lastChild?.remove();
}
