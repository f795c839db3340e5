import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../common/base/clock.ts";
import { messageOf, SeamarkError, systemCodeOf } from "../../../common/base/errors.ts";
import type { Logger } from "../../../common/base/log.ts";
import type { TimeRange } from "../log-store.ts";
import { type Engine, syncFolder } from "./engine.ts";
import { hourNs, hourOfName, later, nameOfHour } from "./hours.ts";
import { preparePart } from "./part-schema.ts";
import { Serial } from "./serial.ts";

/** A file stays open while it is among the most recently used; opening one takes about a millisecond. */
const attachedMax = 512;
/** More origins than this in one file, and the file no longer tells reads which origins it has. */
const originsMax = 10_000;

/** One file: the rows of one hour, or a part of them when the hour is large. */
export interface Part {
  readonly path: string;
  /** Hours since the epoch. */
  readonly hour: number;
  readonly index: number;
  /** Its name in SQL while it is attached. */
  readonly alias: string;
  uid: string;
  /** True when what is said here of its content is what is in the file. */
  isKnown: boolean;
  rows: number;
  /** The earliest time of a row; undefined while it is empty. */
  firstNs: bigint | undefined;
  /** Origins that have rows in it; undefined when there are too many to know. */
  origins: Set<string> | undefined;
  /** Rows that the counters and latencies got since they were compacted. */
  counterRowsLoose: number;
  /** Rows that they had then. */
  counterRowsCompact: number;
  state: "attached" | "detached" | "broken";
  /** Reads and writes under way; a file in use is not closed. */
  leases: number;
  usedAt: number;
  whenIdle: (() => void)[];
}

export interface CorruptFile {
  readonly path: string;
  readonly reason: string;
}

export interface HourFilesOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sizeBytesMax: number;
}

/** The files of the store, by hour of the rows' own time. */
export class HourFiles {
  readonly corrupt: CorruptFile[] = [];
  /** The largest number of a load in any file that was opened. */
  lastLoad = 0n;
  readonly #options: HourFilesOptions;
  readonly #parts: Part[] = [];
  /** Opening and closing, one after the other. */
  readonly #opening = new Serial();
  #aliases = 0;
  #uses = 0;

  private constructor(options: HourFilesOptions) {
    this.#options = options;
  }

  /** Opens every file once: what cannot be opened is set aside. */
  static async open(options: HourFilesOptions): Promise<HourFiles> {
    const files = new HourFiles(options);
    for (const name of (await readdir(options.engine.folder)).sort()) {
      const place = hourOfName(name);
      if (!place) continue;
      const part = files.#newPart(place.hour, place.index);
      files.#parts.push(part);
      await files.#opening
        .run(() => files.#attach(part))
        .catch((error: unknown) => {
          if (files.#parts.includes(part)) throw error;
        });
      await files.#trim();
    }
    files.#parts.sort(byAge);
    return files;
  }

  /** Oldest first. */
  get all(): readonly Part[] {
    return this.#parts;
  }

  overlapping(range: TimeRange): Part[] {
    return this.#parts.filter(
      (part) => BigInt(part.hour) * hourNs < range.toNs && BigInt(part.hour + 1) * hourNs > range.fromNs,
    );
  }

  /** Keeps the parts open until the returned function is called. A part that was removed meanwhile is left out. */
  async lease(parts: readonly Part[]): Promise<{ parts: Part[]; release: () => void }> {
    const held: Part[] = [];
    const release = () => {
      for (const part of held.splice(0)) this.#release(part);
    };
    try {
      for (const part of parts) if (await this.#pin(part)) held.push(part);
    } catch (error) {
      release();
      throw error;
    }
    return { parts: [...held], release };
  }

  /** The parts of an hour; the last one, made when it is missing or the one before is full, takes new rows. */
  async forWriting(hour: number): Promise<Part[]> {
    const parts = this.#parts.filter((part) => part.hour === hour);
    const last = parts.at(-1);
    if (last && (await sizeOf(last.path)) < this.#options.sizeBytesMax) return parts;
    const part = this.#newPart(hour, (last?.index ?? -1) + 1);
    await this.#opening.run(() => this.#attach(part));
    await syncFolder(this.#options.engine.folder);
    this.#parts.push(part);
    this.#parts.sort(byAge);
    return [...parts, part];
  }

  /** A write to the part failed: what it holds is only known when it is opened again. */
  markBroken(part: Part): void {
    part.isKnown = false;
    if (part.state === "attached") part.state = "broken";
  }

  addOrigins(part: Part, origins: readonly string[]): void {
    for (const origin of origins) part.origins?.add(origin);
    if (part.origins && part.origins.size > originsMax) part.origins = undefined;
  }

  /** Takes the part out of the list at once, and deletes its files when nobody reads it any more. */
  async remove(part: Part): Promise<void> {
    const at = this.#parts.indexOf(part);
    if (at >= 0) this.#parts.splice(at, 1);
    while (part.leases > 0) await new Promise<void>((resolve) => part.whenIdle.push(resolve));
    await this.#opening.run(() => this.#detach(part));
    await rm(part.path, { force: true });
    await rm(`${part.path}.wal`, { force: true });
  }

  /** Bytes on disk of every part, logs of writing included. */
  async sizes(): Promise<Map<Part, number>> {
    const sizes = new Map<Part, number>();
    for (const part of this.#parts) sizes.set(part, await sizeOf(part.path));
    return sizes;
  }

  async close(): Promise<void> {
    for (const part of this.#parts) await this.#opening.run(() => this.#detach(part));
  }

  #newPart(hour: number, index: number): Part {
    const path = join(this.#options.engine.folder, nameOfHour(hour, index));
    const alias = `part${this.#aliases++}`;
    const empty = {
      uid: "",
      isKnown: false,
      rows: 0,
      firstNs: undefined,
      origins: new Set<string>(),
      counterRowsLoose: 0,
      counterRowsCompact: 0,
    };
    return { path, hour, index, alias, ...empty, state: "detached", leases: 0, usedAt: 0, whenIdle: [] };
  }

  async #pin(part: Part): Promise<boolean> {
    part.usedAt = ++this.#uses;
    if (part.state === "attached" && this.#parts.includes(part)) {
      part.leases++;
      return true;
    }
    return this.#opening.run(async () => {
      if (!this.#parts.includes(part)) return false;
      await this.#attach(part);
      part.leases++;
      return true;
    });
  }

  #release(part: Part): void {
    part.leases--;
    if (part.leases > 0) return;
    for (const resolve of part.whenIdle.splice(0)) resolve();
  }

  async #attach(part: Part): Promise<void> {
    if (part.state === "attached") return;
    if (part.state === "broken") {
      if (part.leases > 0)
        throw new SeamarkError("unavailable", `${part.path} is being opened again`, { hint: "try again" });
      await this.#detach(part);
    }
    try {
      await this.#options.engine.attach(part.path, part.alias);
      part.state = "attached";
      if (!part.isKnown) await this.#learn(part);
    } catch (error) {
      await this.#attachFailed(part, error);
    }
    await this.#trim();
  }

  async #learn(part: Part): Promise<void> {
    const facts = await preparePart(this.#options.engine, part.alias);
    part.uid = facts.uid;
    part.rows = facts.rows;
    part.firstNs = facts.firstNs;
    part.counterRowsLoose = facts.counterRows;
    part.origins = new Set();
    this.addOrigins(part, facts.origins);
    this.lastLoad = later(this.lastLoad, facts.lastLoad);
    part.isKnown = true;
  }

  async #attachFailed(part: Part, error: unknown): Promise<void> {
    if (part.state === "attached") await this.#detach(part);
    const reason = messageOf(error).split("\n", 1)[0]!;
    if (mayPass.test(reason)) {
      const code = /No space left/.test(reason) ? "full" : "unavailable";
      throw new SeamarkError(code, `${part.path} cannot be opened: ${reason}`, { cause: error });
    }
    await this.#setAside(part, reason);
    throw new SeamarkError("corrupt", `${part.path} cannot be read and was set aside: ${reason}`);
  }

  async #setAside(part: Part, reason: string): Promise<void> {
    const at = this.#parts.indexOf(part);
    if (at >= 0) this.#parts.splice(at, 1);
    const aside = `${part.path}.${this.#options.clock.nowMs()}.corrupt`;
    await rename(part.path, aside);
    await rename(`${part.path}.wal`, `${aside}.wal`).catch((error: unknown) => {
      if (systemCodeOf(error) !== "ENOENT") throw error;
    });
    this.corrupt.push({ path: aside, reason });
    this.#options.logger.error("a file of the store cannot be read and is set aside", {
      file: aside,
      reason,
    });
  }

  async #detach(part: Part): Promise<void> {
    if (part.state === "detached") return;
    await this.#options.engine.detach(part.alias);
    part.state = "detached";
  }

  async #trim(): Promise<void> {
    const attached = this.#parts.filter((part) => part.state === "attached");
    const idle = attached.filter((part) => part.leases === 0).sort((a, b) => a.usedAt - b.usedAt);
    for (const part of idle.slice(0, Math.max(0, attached.length - attachedMax))) await this.#detach(part);
  }
}

/** Reasons that say nothing about the file itself. */
export const mayPass =
  /No space left|Too many open files|lock|Out of Memory|Permission denied|Cannot open file/i;

function byAge(a: Part, b: Part): number {
  return a.hour - b.hour || a.index - b.index;
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const file of [path, `${path}.wal`]) {
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    bytes += size;
  }
  return bytes;
}
