import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../../common/base/errors.ts";
import {
  replaceDurably,
  syncFolder,
  unfinished,
  unlinkIfThere,
  writeSynced,
} from "../../common/spool/durable-file.ts";
import type { SegmentKind } from "../../common/wire/ingest.ts";
import type { DeadLetter } from "../store/log-store.ts";

/** A dead letter as its file holds it. */
export interface StoredLetter extends DeadLetter {
  readonly kind: SegmentKind;
}

export interface LetterFile {
  readonly name: string;
  readonly batchHash: string;
  readonly bytes: number;
}

const fileName = /^(\d{15})-([0-9a-f]{16})\.ndjson$/;
const droppedName = "dropped.json";

export function batchHashOf(batch: string): string {
  return createHash("sha256").update(batch).digest("hex").slice(0, 16);
}

/** The files of refused lines: one per batch, so that the same batch, refused again after a crash, is kept once. */
export class DeadLetterFiles {
  readonly #folder: string;
  /** The oldest first. */
  readonly #files: LetterFile[];
  #droppedLetters: number;

  private constructor(folder: string, files: LetterFile[], dropped: number) {
    this.#folder = folder;
    this.#files = files;
    this.#droppedLetters = dropped;
  }

  static async open(folder: string): Promise<DeadLetterFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files: LetterFile[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      const match = fileName.exec(name);
      if (match) files.push({ name, batchHash: match[2]!, bytes: (await stat(path)).size });
      else if (name.endsWith(unfinished)) await unlink(path);
    }
    return new DeadLetterFiles(folder, files, await readDropped(folder));
  }

  get files(): readonly LetterFile[] {
    return this.#files;
  }

  get sizeBytes(): number {
    return this.#files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Letters that were dropped for want of room since the folder was made. */
  get dropped(): number {
    return this.#droppedLetters;
  }

  fileOf(batchHash: string): LetterFile | undefined {
    return this.#files.find((file) => file.batchHash === batchHash);
  }

  async read(file: LetterFile): Promise<StoredLetter[]> {
    const text = await readFile(join(this.#folder, file.name), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as StoredLetter);
  }

  /** Durable when it resolves. */
  async add(batchHash: string, letters: readonly StoredLetter[], nowMs: number): Promise<void> {
    if (this.fileOf(batchHash)) return;
    const name = `${String(nowMs).padStart(15, "0")}-${batchHash}.ndjson`;
    const bytes = await this.#write(name, letters);
    this.#files.push({ name, batchHash, bytes });
    this.#files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Writes the file anew with what is left of it. */
  async keep(file: LetterFile, letters: readonly StoredLetter[]): Promise<void> {
    const index = this.#files.indexOf(file);
    if (letters.length === 0) {
      await unlinkIfThere(join(this.#folder, file.name));
      this.#files.splice(index, 1);
    } else {
      this.#files[index] = { ...file, bytes: await this.#write(file.name, letters) };
    }
  }

  /** Deletes the oldest files until the folder is within the limit; resolves with how many letters went. */
  async shrink(sizeBytesMax: number): Promise<number> {
    let dropped = 0;
    while (this.sizeBytes > sizeBytesMax) {
      const oldest = this.#files[0]!;
      dropped += (await this.read(oldest)).length;
      await this.keep(oldest, []);
    }
    if (dropped > 0) {
      this.#droppedLetters += dropped;
      await replaceDurably(this.#folder, droppedName, Buffer.from(JSON.stringify(this.#droppedLetters)));
    }
    return dropped;
  }

  async #write(name: string, letters: readonly StoredLetter[]): Promise<number> {
    const path = join(this.#folder, name);
    const content = Buffer.from(letters.map((letter) => `${JSON.stringify(letter)}\n`).join(""));
    await writeSynced(path + unfinished, [content]);
    await rename(path + unfinished, path);
    await syncFolder(this.#folder);
    return content.length;
  }
}

async function readDropped(folder: string): Promise<number> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, droppedName), "utf8"));
    return typeof value === "number" ? value : 0;
  } catch (error) {
    // A count is not worth a start that fails.
    if (systemCodeOf(error) === "ENOENT" || error instanceof SyntaxError) return 0;
    throw error;
  }
}
