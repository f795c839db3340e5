import { loadColumn } from "./part-schema.ts";
import { quoteName } from "./sql-text.ts";

/**
 * Numbers the loads, so that reads see whole batches only: the rows of a batch that spans hours are committed file
 * by file, and a read that begins meanwhile leaves out every load that was not whole when it began.
 */
export class LoadIds {
  #next: bigint;
  /** Loads that are only partly in the files, with the batches that are missing; a later append completes them. */
  readonly #unfinished = new Map<bigint, Set<string>>();

  /** `last` is the largest number in any file: numbers rise across starts, whatever the clock does. */
  constructor(last: bigint) {
    this.#next = last;
  }

  begin(batches: readonly string[]): bigint {
    const id = ++this.#next;
    this.#unfinished.set(id, new Set(batches));
    return id;
  }

  /** All rows of the batches are in the files now. */
  finish(batches: readonly string[]): void {
    for (const [id, missing] of this.#unfinished) {
      for (const batch of batches) missing.delete(batch);
      if (missing.size === 0) this.#unfinished.delete(id);
    }
  }

  /** Nothing of the load is in the files. */
  forget(id: bigint): void {
    this.#unfinished.delete(id);
  }

  /** True when no load is partly in the files; then rows may lose their numbers. */
  get quiet(): boolean {
    return this.#unfinished.size === 0;
  }

  /** The condition that a row belongs to a load that is whole now. */
  visible(): string {
    const column = quoteName(loadColumn);
    const hidden = [...this.#unfinished.keys()];
    const upTo = `${column} <= ${this.#next}`;
    return hidden.length === 0 ? upTo : `${upTo} AND ${column} NOT IN (${hidden.join(",")})`;
  }
}
