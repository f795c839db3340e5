import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, SeamarkError, systemCodeOf } from "../base/errors.ts";
import { replaceDurably, syncFolder, unfinished, unlinkIfThere, writeSynced } from "./durable-file.ts";
import { applyPositions, type Folded, foldInto, readFolded, writeFolded } from "./positions-file.ts";
import { mismatch, type ReadHeader, readHeader } from "./segment-file.ts";
import { rememberSetAside } from "./set-aside.ts";
import type { CorruptSegment, Json, Positions, Segment } from "./spool.ts";

/** A segment that is there, with what is needed to read its body. */
export interface Entry extends Segment {
  readonly bodyOffset: number;
  readonly bodyCrc32: number;
  readonly fileBytes: number;
}

/** What a folder held when it was opened. */
export interface OpenedFolder {
  readonly epoch: string;
  readonly folded: Folded;
  readonly positions: Map<string, Json>;
  readonly entries: Entry[];
  readonly corrupt: readonly CorruptSegment[];
  /** No segment ever had a greater sequence. */
  readonly lastSequence: number;
}

/** Headers that are read at the same time while opening. */
const readsAtOnce = 16;
/** Segments that were set aside are kept for a look at them, the newest of them, up to this size. */
const corruptBytesMax = 64 * 1024 * 1024;
const reserveBytes = 1024 * 1024;
const segmentName = /^(\d{16})\.zst$/;

export function segmentPath(folder: string, sequence: number): string {
  return join(folder, `${String(sequence).padStart(16, "0")}.zst`);
}

function corruptPath(folder: string, sequence: number): string {
  return segmentPath(join(folder, "corrupt"), sequence);
}

/** Brings the folder into order after whatever ended its last owner, and tells what is in it. */
export async function openFolder(folder: string, nowMs: number): Promise<OpenedFolder> {
  await mkdir(join(folder, "corrupt"), { recursive: true, mode: 0o700 });
  await removeUnfinished(folder);
  await makeReserve(folder);
  const folded = await readFolded(folder);
  const sequences = await sequencesIn(folder);
  const scan = await scanSegments(folder, sequences, folded);
  const last = Math.max(
    folded.sequence,
    ...sequences.slice(-1),
    ...(await sequencesIn(join(folder, "corrupt"))),
  );
  const settled = scan.entries[0] ? scan.entries[0].sequence - 1 : last;
  const next = await setDamagedAside(folder, folded, scan.damaged, settled, nowMs);
  const positions = new Map(next.positions);
  for (const one of mergeInOrder(scan.positions, next.aside)) applyPositions(positions, one.positions);
  return {
    epoch: await readEpoch(folder),
    folded: next,
    positions,
    entries: scan.entries,
    corrupt: scan.damaged.map(({ sequence, reason }) => ({
      sequence,
      reason,
      path: corruptPath(folder, sequence),
    })),
    lastSequence: last,
  };
}

interface Damaged {
  readonly sequence: number;
  readonly reason: string;
  readonly read: ReadHeader | undefined;
}

interface Scan {
  readonly entries: Entry[];
  readonly positions: { readonly sequence: number; readonly positions: Positions }[];
  readonly damaged: Damaged[];
}

async function scanSegments(folder: string, sequences: readonly number[], folded: Folded): Promise<Scan> {
  const scan: Scan = { entries: [], positions: [], damaged: [] };
  const aside = new Set(folded.aside.map((one) => one.sequence));
  const current: number[] = [];
  for (const sequence of sequences) {
    if (sequence <= folded.sequence) await unlinkIfThere(segmentPath(folder, sequence));
    else if (aside.has(sequence)) await moveAside(folder, sequence);
    else current.push(sequence);
  }
  for (let i = 0; i < current.length; i += readsAtOnce) {
    const chunk = current.slice(i, i + readsAtOnce);
    for (const one of await Promise.all(chunk.map((sequence) => inspect(folder, sequence)))) {
      if ("reason" in one) {
        scan.damaged.push(one);
        continue;
      }
      scan.entries.push(one.entry);
      scan.positions.push({ sequence: one.entry.sequence, positions: one.positions });
    }
  }
  return scan;
}

async function inspect(
  folder: string,
  sequence: number,
): Promise<Damaged | { readonly entry: Entry; readonly positions: Positions }> {
  const path = segmentPath(folder, sequence);
  let read: ReadHeader;
  try {
    read = await readHeader(path);
  } catch (error) {
    if (!(error instanceof SeamarkError)) throw error;
    return { sequence, reason: error.message, read: undefined };
  }
  const reason = mismatch(read, sequence);
  if (reason !== undefined) return { sequence, reason, read };
  return { entry: entryOf(path, read), positions: read.header.positions };
}

export function entryOf(path: string, read: ReadHeader): Entry {
  const { sequence, kind, rows, bodyBytes, bodyCrc32, createdMs, meta } = read.header;
  const { bodyOffset, fileBytes } = read;
  return { sequence, kind, rows, bodyBytes, bodyCrc32, createdMs, meta, path, bodyOffset, fileBytes };
}

/** The positions first, then the files: after a crash in between the files are found as set aside already. */
async function setDamagedAside(
  folder: string,
  folded: Folded,
  damaged: readonly Damaged[],
  settled: number,
  nowMs: number,
): Promise<Folded> {
  if (damaged.length === 0) return folded;
  let next = folded;
  for (const { sequence, reason, read } of damaged) {
    const header = read?.header.sequence === sequence ? read.header : undefined;
    const record = rememberSetAside(next.positions, {
      sequence,
      gap: "corrupt_segment",
      reason,
      rows: header?.rows ?? 0,
      atMs: nowMs,
      meta: header?.meta ?? {},
      ...(header ? { kind: header.kind } : {}),
    });
    const aside = [...next.aside, { sequence, positions: header?.positions ?? {} }];
    next = foldInto({ ...next, aside }, Math.min(sequence, settled), [], record);
  }
  await writeFolded(folder, next);
  for (const { sequence } of damaged) await moveAside(folder, sequence);
  return next;
}

/** Moves a segment's file to `corrupt/` and keeps that folder within its limit. */
export async function moveAside(folder: string, sequence: number): Promise<void> {
  await rename(segmentPath(folder, sequence), corruptPath(folder, sequence));
  await syncFolder(folder);
  const inside = join(folder, "corrupt");
  let sum = 0;
  for (const one of (await sequencesIn(inside)).reverse()) {
    sum += (await stat(corruptPath(folder, one))).size;
    if (sum > corruptBytesMax && one !== sequence) await unlinkIfThere(corruptPath(folder, one));
  }
}

/** So that a disk that is full to the last byte does not keep `positions.json` from being written. */
export async function makeReserve(folder: string): Promise<void> {
  const path = join(folder, "reserve");
  try {
    if ((await stat(path)).size === reserveBytes) return;
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
  // Random, because a file system that compresses would keep no room for zeros.
  await writeSynced(path, [randomBytes(reserveBytes)]).catch(() => undefined);
}

export async function giveUpReserve(folder: string): Promise<void> {
  await unlinkIfThere(join(folder, "reserve"));
}

async function readEpoch(folder: string): Promise<string> {
  const path = join(folder, "epoch");
  try {
    const text = (await readFile(path, "utf8")).trim();
    if (/^[0-9a-f]{16}$/.test(text)) return text;
    throw new SeamarkError(
      "corrupt",
      `${path} does not hold 16 hex digits: ${messageOf(text.slice(0, 40))}`,
      {
        hint: "delete the file: a new epoch starts, and segments that were sent but not yet deleted are stored twice",
      },
    );
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
  const epoch = randomBytes(8).toString("hex");
  await replaceDurably(folder, "epoch", Buffer.from(`${epoch}\n`));
  return epoch;
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(unfinished)) await unlink(join(folder, name));
  }
}

/** Ascending. */
async function sequencesIn(folder: string): Promise<number[]> {
  const out: number[] = [];
  for (const name of await readdir(folder)) {
    const match = segmentName.exec(name);
    if (match) out.push(Number(match[1]));
  }
  return out.sort((a, b) => a - b);
}

function mergeInOrder(
  a: readonly { readonly sequence: number; readonly positions: Positions }[],
  b: Folded["aside"],
): readonly { readonly sequence: number; readonly positions: Positions }[] {
  return [...a, ...b].sort((one, other) => one.sequence - other.sequence);
}
