import { once } from "node:events";

/** Standard output of a command that may be piped: waits for a slow reader, notices when the reader has left. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #gone = false;
  #lines = 0;

  constructor(stream: NodeJS.WriteStream, left: () => void) {
    this.#stream = stream;
    stream.on("error", () => {
      this.#gone = true;
      left();
    });
  }

  /** Lines written so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Whether the reader has closed its end (`| head`). */
  get gone(): boolean {
    return this.#gone;
  }

  async print(texts: readonly string[]): Promise<void> {
    if (texts.length === 0 || this.#gone) return;
    this.#lines += texts.length;
    if (this.#stream.write(`${texts.join("\n")}\n`)) return;
    await Promise.race([once(this.#stream, "drain"), once(this.#stream, "close")]).catch(() => undefined);
  }
}
