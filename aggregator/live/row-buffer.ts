/** The most that waits for one client: some seconds of a busy cluster. */
export const bufferedRowsMax = 10_000;
export const bufferedBytesMax = 4 * 1024 * 1024;

interface Limits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/**
 * Rows on their way to one client, each as its JSON text. Over its limits the oldest rows go, because a live tail
 * shows what is happening now; how many went is told to the client.
 */
export class RowBuffer {
  readonly #limits: Limits;
  #texts: string[] = [];
  /** Rows before this index are gone; the array is cut when it is flushed or half empty. */
  #head = 0;
  #bytes = 0;
  #skipped = 0;

  constructor(limits: Limits = { rowsMax: bufferedRowsMax, bytesMax: bufferedBytesMax }) {
    this.#limits = limits;
  }

  get rows(): number {
    return this.#texts.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a row; returns how many rows were dropped for it (the row itself when it alone is over the limit). */
  push(text: string): number {
    this.#texts.push(text);
    this.#bytes += Buffer.byteLength(text);
    let dropped = 0;
    while (this.rows > this.#limits.rowsMax || this.#bytes > this.#limits.bytesMax) {
      this.#bytes -= Buffer.byteLength(this.#texts[this.#head]!);
      this.#texts[this.#head] = "";
      this.#head += 1;
      dropped += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#texts.length) this.#cut();
    this.#skipped += dropped;
    return dropped;
  }

  /** Everything that waits, as the messages to send in this order; empties the buffer. */
  take(): string[] {
    const messages: string[] = [];
    if (this.#skipped > 0) messages.push(JSON.stringify({ skipped: this.#skipped }));
    this.#cut();
    if (this.#texts.length > 0) messages.push(`[${this.#texts.join(",")}]`);
    this.#texts = [];
    this.#bytes = 0;
    this.#skipped = 0;
    return messages;
  }

  #cut(): void {
    this.#texts = this.#texts.slice(this.#head);
    this.#head = 0;
  }
}
