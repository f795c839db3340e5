import { mkdir, rename } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { messageOf, SeamarkError, systemCodeOf } from "../base/errors.ts";
import type { GapReason } from "../wire/row.ts";
import { syncFolder, unfinished, unlinkIfThere, writeSynced } from "./durable-file.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { applyPositions, type Folded, foldInto, writeFolded } from "./positions-file.ts";
import { encodeHeader, readBodyAt, readHeader, type SegmentHeader } from "./segment-file.ts";
import { rememberSetAside } from "./set-aside.ts";
import type { CorruptSegment, Json, NewSegment, Positions, Segment, Spool, SpoolOptions } from "./spool.ts";
import {
  type Entry,
  giveUpReserve,
  makeReserve,
  moveAside,
  openFolder,
  segmentPath,
} from "./spool-opening.ts";

/** Segments that share one fsync of the folder; each holds an open file while it is written. */
const segmentsPerSyncMax = 64;
const metaBytesMax = 4 * 1024;
/** Their entries are kept in memory and their headers read when the folder is opened. */
const segmentsMax = 100_000;

/**
 * Opens the spool of a folder, which it makes when it is not there. Rejects with `conflict` while another process
 * has it open, with `corrupt` when `positions.json` or `epoch` cannot be read.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(options.folder);
  try {
    return new DiskSpool(options, lock, await openFolder(options.folder, options.nowMs()));
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface WriteJob {
  readonly entry: Entry;
  readonly positions: Positions;
  readonly header: Buffer;
  readonly body: Buffer;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: unknown) => void;
}

class DiskSpool implements Spool {
  readonly epoch: string;
  readonly corrupt: readonly CorruptSegment[];
  readonly #options: SpoolOptions;
  readonly #lock: FolderLock;
  readonly #positions: Map<string, Json>;
  readonly #entries: Entry[];
  #folded: Folded;
  #sizeBytes = 0;
  /** Of segments that are being written: they count against the limit. */
  #writingBytes = 0;
  #lastSequence: number;
  #jobs: WriteJob[] = [];
  #writing: Promise<void> | undefined;
  /** Folding and setting aside happen one after another. */
  #folding: Promise<unknown> = Promise.resolve();
  #waiters: { readonly after: number; readonly resolve: () => void }[] = [];
  #closed = false;

  constructor(options: SpoolOptions, lock: FolderLock, opened: Awaited<ReturnType<typeof openFolder>>) {
    this.#options = options;
    this.#lock = lock;
    this.epoch = opened.epoch;
    this.corrupt = opened.corrupt;
    this.#positions = opened.positions;
    this.#entries = opened.entries;
    this.#folded = opened.folded;
    this.#lastSequence = opened.lastSequence;
    for (const entry of opened.entries) this.#sizeBytes += entry.fileBytes;
  }

  get positions(): ReadonlyMap<string, Json> {
    return this.#positions;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get segments(): number {
    return this.#entries.length;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get oldestMs(): number | undefined {
    return this.#entries[0]?.createdMs;
  }

  append(segment: NewSegment): Promise<number> {
    if (this.#closed) return Promise.reject(new SeamarkError("cancelled", "the spool is closed"));
    const sequence = this.#lastSequence + 1;
    const { kind, rows, body, positions, meta = {} } = segment;
    if (JSON.stringify(meta).length > metaBytesMax) throw new Error("a segment's meta is over 4 KiB");
    const createdMs = this.#options.nowMs();
    const bodyCrc32 = crc32(body);
    const fields: SegmentHeader = {
      ...{ sequence, kind, rows, createdMs },
      ...{ bodyBytes: body.length, bodyCrc32, positions, meta },
    };
    let header: Buffer;
    try {
      header = encodeHeader(fields);
      this.#checkRoom(header.length + body.length);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#lastSequence = sequence;
    const path = segmentPath(this.#options.folder, sequence);
    const fileBytes = header.length + body.length;
    const { positions: _, ...rest } = fields;
    const entry: Entry = { ...rest, path, bodyOffset: header.length, fileBytes };
    this.#writingBytes += fileBytes;
    return new Promise((resolve, reject) => {
      this.#jobs.push({ entry, positions, header, body, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  next(afterSequence: number): Segment | undefined {
    return this.#entries[this.#indexAfter(afterSequence)];
  }

  async readBody(segment: Segment): Promise<Buffer> {
    const entry = this.#entryOf(segment.sequence);
    try {
      return await readBodyAt(entry.path, entry.bodyOffset, entry.bodyBytes, entry.bodyCrc32);
    } catch (error) {
      if (systemCodeOf(error) !== "ENOENT") throw error;
      throw new SeamarkError("corrupt", "the file is gone", { cause: error });
    }
  }

  removeThrough(sequence: number, positions: Positions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const count = this.#indexAfter(sequence);
      const gone = this.#entries.slice(0, count);
      if (gone.length === 0 && Object.keys(positions).length === 0) return;
      const segments = await Promise.all(gone.map(withPositions));
      const last = gone.at(-1)?.sequence ?? this.#folded.sequence;
      await this.#fold(foldInto(this.#folded, last, segments, positions));
      applyPositions(this.#positions, positions);
      this.#entries.splice(0, count);
      for (const entry of gone) this.#sizeBytes -= entry.fileBytes;
      for (const entry of gone) await unlinkIfThere(entry.path);
      await makeReserve(this.#options.folder);
    });
  }

  setAside(segment: Segment, reason: string, gap: GapReason = "corrupt_segment"): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#entryOf(segment.sequence);
      const { sequence, kind, rows, meta } = entry;
      const atMs = this.#options.nowMs();
      const record = rememberSetAside(this.#positions, { sequence, gap, reason, kind, rows, atMs, meta });
      const aside = [...this.#folded.aside, await withPositions(entry)];
      const settled = this.#entries[0] === entry ? sequence : this.#folded.sequence;
      await this.#fold(foldInto({ ...this.#folded, aside }, settled, [], record));
      applyPositions(this.#positions, record);
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      this.#sizeBytes -= entry.fileBytes;
      // A file that is gone already (that may be why it is set aside) has nothing to move.
      await moveAside(this.#options.folder, sequence).catch(ignoreMissing);
    });
  }

  async waitForNext(afterSequence: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closed || this.next(afterSequence)) return;
    await new Promise<void>((resolve) => {
      const waiter = { after: afterSequence, resolve: done };
      const drop = (): void => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        done();
      };
      function done(): void {
        signal.removeEventListener("abort", drop);
        resolve();
      }
      signal.addEventListener("abort", drop, { once: true });
      this.#waiters.push(waiter);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake(() => true);
    while (this.#writing) await this.#writing;
    await this.#folding;
    await this.#lock.release();
  }

  #checkRoom(fileBytes: number): void {
    const limit = this.#options.sizeBytesMax;
    const count = this.#entries.length + this.#jobs.length;
    if (this.#sizeBytes + this.#writingBytes + fileBytes <= limit && count < segmentsMax) return;
    const held = `${this.#sizeBytes} of ${limit} bytes in ${count} of ${segmentsMax} segments`;
    throw new SeamarkError("full", `${this.#options.folder} holds ${held}`, {
      hint: "it empties when the receiving side takes its segments again",
    });
  }

  /** Files are written side by side, renamed in the order of their sequences, and share one fsync of the folder. */
  async #write(): Promise<void> {
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs.splice(0, segmentsPerSyncMax);
      const written = await Promise.all(jobs.map((job) => this.#attempt(job, () => writeJob(job))));
      const renamed: WriteJob[] = [];
      for (const [i, job] of jobs.entries()) {
        if (written[i] && (await this.#attempt(job, () => renameJob(job)))) renamed.push(job);
      }
      if (renamed.length > 0) await this.#publish(renamed);
    }
    this.#writing = undefined;
  }

  /** Whether it went well; otherwise the job is rejected and nothing of it is left. */
  async #attempt(job: WriteJob, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#writingBytes -= job.entry.fileBytes;
      await unlinkIfThere(job.entry.path + unfinished).catch(() => undefined);
      await unlinkIfThere(job.entry.path).catch(() => undefined);
      job.reject(explainWrite(error, this.#options.folder));
      return false;
    }
  }

  async #publish(renamed: readonly WriteJob[]): Promise<void> {
    let synced: Promise<void> | undefined;
    for (const job of renamed) {
      synced ??= syncFolder(this.#options.folder);
      const shared = synced;
      if (!(await this.#attempt(job, () => shared))) continue;
      this.#writingBytes -= job.entry.fileBytes;
      this.#sizeBytes += job.entry.fileBytes;
      this.#entries.push(job.entry);
      applyPositions(this.#positions, job.positions);
      job.resolve(job.entry.sequence);
    }
    this.#wake((after) => this.next(after) !== undefined);
  }

  #wake(when: (after: number) => boolean): void {
    const due = this.#waiters.filter((waiter) => when(waiter.after));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** On a full disk the reserve makes room for the positions, so that removing segments can make more. */
  async #fold(next: Folded): Promise<void> {
    const { folder } = this.#options;
    try {
      await writeFolded(folder, next);
    } catch (error) {
      if (!isFull(error)) throw error;
      await giveUpReserve(folder);
      await writeFolded(folder, next);
    }
    this.#folded = next;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#folding.then(act);
    this.#folding = turn.catch(() => undefined);
    return turn;
  }

  /** The index of the first entry whose sequence is greater. */
  #indexAfter(sequence: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #entryOf(sequence: number): Entry {
    const entry = this.#entries[this.#indexAfter(sequence - 1)];
    if (entry?.sequence === sequence) return entry;
    throw new SeamarkError("not_found", `segment ${sequence} is not in ${this.#options.folder}`);
  }
}

async function writeJob(job: WriteJob): Promise<void> {
  await writeSynced(job.entry.path + unfinished, [job.header, job.body]);
}

async function renameJob(job: WriteJob): Promise<void> {
  await rename(job.entry.path + unfinished, job.entry.path);
}

/** A header that was whole when it was written or opened and is not now has no positions to give any more. */
async function withPositions(entry: Entry): Promise<{ sequence: number; positions: Positions }> {
  const { sequence } = entry;
  try {
    return { sequence, positions: (await readHeader(entry.path)).header.positions };
  } catch (error) {
    if (error instanceof SeamarkError || systemCodeOf(error) === "ENOENT") return { sequence, positions: {} };
    throw error;
  }
}

function isFull(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

function explainWrite(error: unknown, folder: string): SeamarkError {
  if (isFull(error)) {
    return new SeamarkError("full", `the disk of ${folder} has no room`, {
      hint: "make room on the disk; nothing is lost while the receiving side takes what is here",
      cause: error,
    });
  }
  return new SeamarkError("unavailable", `cannot write to ${folder}: ${messageOf(error)}`, { cause: error });
}

function ignoreMissing(error: unknown): void {
  if (systemCodeOf(error) !== "ENOENT") throw error;
}
