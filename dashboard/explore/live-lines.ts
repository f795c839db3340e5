import type { Row } from "../api/types.ts";
import { type LineBuffer, linesMax } from "./line-buffer.ts";

/** While the reader reads, new lines wait here; when more come than can be kept, the oldest waiting ones go. */
const waitingMax = linesMax;

/**
 * Live lines between the socket and the list. While following they go straight into the buffer; while paused they
 * wait, so that nothing that is read is moved or pushed out. Whatever is not kept is counted.
 */
export class LiveLines {
  readonly #buffer: LineBuffer;
  #waiting: Row[] = [];
  #paused = false;
  /** Left out by the server or given up here since the last `resume`. */
  skipped = 0;

  constructor(buffer: LineBuffer) {
    this.#buffer = buffer;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Lines that came while paused. */
  get waiting(): number {
    return this.#waiting.length;
  }

  receive(rows: readonly Row[]): void {
    if (!this.#paused) {
      this.#buffer.append(rows, "asc");
      return;
    }
    for (const row of rows) this.#waiting.push(row);
    // Cut rarely and by much: cutting an array's front at every message would copy it every time.
    if (this.#waiting.length > waitingMax * 1.1) {
      const cut = this.#waiting.length - waitingMax;
      this.skipped += cut;
      this.#waiting = this.#waiting.slice(cut);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  /** Back to following: what waited comes into the list. */
  resume(): void {
    this.#paused = false;
    this.#buffer.append(this.#waiting, "asc");
    this.#waiting = [];
    this.skipped = 0;
  }
}
