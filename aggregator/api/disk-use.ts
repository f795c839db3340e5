import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/base/clock.ts";

/** Walking some hundred files costs a millisecond; who polls the status gets a figure at most this old. */
const keptMs = 10_000;
/** More files than a year of hours; a folder with more is not ours. */
const filesMax = 20_000;

/** Bytes that the files below a folder take; remembered for some seconds. */
export class DiskUse {
  readonly #folder: string;
  readonly #clock: Clock;
  #read: Promise<number> | undefined;
  #readMs = 0;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  bytes(): Promise<number> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#read === undefined || nowMs - this.#readMs > keptMs) {
      this.#readMs = nowMs;
      this.#read = bytesBelow(this.#folder);
    }
    return this.#read;
  }
}

/** A file that goes while it is looked at counts nothing. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries.slice(0, filesMax)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
