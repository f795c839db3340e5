import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Counter, Metrics } from "../../common/base/metrics.ts";
import { msToNanos } from "../../common/base/nanotime.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import type { Spool } from "../../common/spool/spool.ts";
import { type SegmentKind, segmentKinds } from "../../common/wire/ingest.ts";
import type { DeadLetter, RefusedLine } from "../store/log-store.ts";
import { encodeMeta } from "./batch-meta.ts";
import { batchHashOf, DeadLetterFiles, type StoredLetter } from "./dead-letter-files.ts";

/** Refused lines are rare; a quarter of a GiB holds the evidence of a day on which they are not. */
export const deadLetterBytesMax = 256 * 1024 * 1024;

export interface DeadLettersOptions {
  readonly folder: string;
  readonly sizeBytesMax?: number;
  /** Where replayed lines go: the ingest's own. */
  readonly spool: Spool;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly cursor?: string;
  /** Letters that were dropped for want of room since the folder was made. */
  readonly dropped: number;
}

/** Lines that the store refused, on disk, within a limit: the oldest go first. */
export interface DeadLetters {
  /** The newest batch first; `cursor` is that of the page before. */
  list(limit: number, cursor?: string): Promise<DeadLetterPage>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** Gives the lines to the loader again, as batches of their own, and deletes them here. Resolves with how many. */
  replay(ids: readonly string[]): Promise<number>;
  /** Resolves with how many there were. */
  delete(ids: readonly string[]): Promise<number>;
  /** Durable when it resolves; a batch that was added before is not added again. */
  add(kind: SegmentKind, refused: readonly RefusedLine[]): Promise<void>;
}

export async function openDeadLetters(options: DeadLettersOptions): Promise<DeadLetters> {
  return new FolderDeadLetters(options, await DeadLetterFiles.open(options.folder));
}

class FolderDeadLetters implements DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #files: DeadLetterFiles;
  readonly #refused: Counter;
  readonly #dropped: Counter;
  /** One thing at a time: files are read, written anew and deleted. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeadLettersOptions, files: DeadLetterFiles) {
    const { metrics } = options;
    this.#options = options;
    this.#files = files;
    this.#refused = metrics.counter("seamark_dead_letters_total", "Lines that the store refused");
    this.#dropped = metrics.counter(
      "seamark_dead_letters_dropped_total",
      "Refused lines that were deleted because their folder was full",
    );
    metrics.gauge("seamark_dead_letter_bytes", "Bytes of refused lines on disk").read(() => files.sizeBytes);
  }

  add(kind: SegmentKind, refused: readonly RefusedLine[]): Promise<void> {
    return this.#inTurn(async () => {
      const nowMs = this.#options.clock.nowMs();
      const time = new Date(nowMs).toISOString();
      for (const [batch, lines] of Map.groupBy(refused, (line) => line.batch)) {
        const hash = batchHashOf(batch);
        const letters = lines.map((line) => ({ ...line, id: `${hash}-${line.line}`, time, kind }));
        await this.#files.add(hash, letters, nowMs);
        this.#refused.add(letters.length);
      }
      const limit = this.#options.sizeBytesMax ?? deadLetterBytesMax;
      this.#dropped.add(await this.#files.shrink(limit));
    });
  }

  list(limit: number, cursor?: string): Promise<DeadLetterPage> {
    return this.#inTurn(async () => {
      const [fromName, fromIndex] = parseCursor(cursor);
      const letters: DeadLetter[] = [];
      for (const file of [...this.#files.files].reverse()) {
        if (fromName !== undefined && file.name > fromName) continue;
        const all = await this.#files.read(file);
        for (let i = file.name === fromName ? fromIndex : 0; i < all.length; i++) {
          const page = { letters, dropped: this.#files.dropped };
          if (letters.length === limit) return { ...page, cursor: `${file.name}:${i}` };
          letters.push(shown(all[i]!));
        }
      }
      return { letters, dropped: this.#files.dropped };
    });
  }

  get(id: string): Promise<DeadLetter | undefined> {
    return this.#inTurn(async () => {
      const file = this.#files.fileOf(id.split("-")[0]!);
      const letter = file && (await this.#files.read(file)).find((one) => one.id === id);
      return letter && shown(letter);
    });
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#inTurn(async () => {
      const letters = await this.#find(ids);
      for (const kind of segmentKinds) {
        const lines = letters.filter((letter) => letter.kind === kind).map((letter) => `${letter.text}\n`);
        if (lines.length > 0) await this.#append(kind, lines);
      }
      return this.#remove(ids);
    });
  }

  delete(ids: readonly string[]): Promise<number> {
    return this.#inTurn(() => this.#remove(ids));
  }

  async #append(kind: SegmentKind, lines: readonly string[]): Promise<void> {
    const { spool, clock } = this.#options;
    const body = await compressRows(Buffer.from(lines.join("")));
    const meta = encodeMeta({ acceptedNs: msToNanos(clock.nowMs()) });
    await spool.append({ kind, body, rows: lines.length, positions: {}, meta });
  }

  async #find(ids: readonly string[]): Promise<StoredLetter[]> {
    const wanted = new Set(ids);
    const found: StoredLetter[] = [];
    for (const hash of new Set(ids.map((id) => id.split("-")[0]!))) {
      const file = this.#files.fileOf(hash);
      if (file) found.push(...(await this.#files.read(file)).filter((letter) => wanted.has(letter.id)));
    }
    return found;
  }

  async #remove(ids: readonly string[]): Promise<number> {
    const unwanted = new Set(ids);
    let count = 0;
    for (const hash of new Set(ids.map((id) => id.split("-")[0]!))) {
      const file = this.#files.fileOf(hash);
      if (!file) continue;
      const all = await this.#files.read(file);
      const kept = all.filter((letter) => !unwanted.has(letter.id));
      count += all.length - kept.length;
      if (kept.length < all.length) await this.#files.keep(file, kept);
    }
    return count;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function parseCursor(cursor: string | undefined): readonly [string | undefined, number] {
  if (cursor === undefined) return [undefined, 0];
  const match = /^(\d{15}-[0-9a-f]{16}\.ndjson):(\d{1,9})$/.exec(cursor);
  if (!match) {
    throw new SeamarkError("bad_request", `the cursor ${JSON.stringify(cursor.slice(0, 60))} is not one`, {
      hint: "pass the cursor of the page before, or none for the first page",
    });
  }
  return [match[1], Number(match[2])];
}

function shown(letter: StoredLetter): DeadLetter {
  const { id, batch, line, text, reason, time } = letter;
  return { id, batch, line, text, reason, time };
}
