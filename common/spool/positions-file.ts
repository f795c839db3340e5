import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, SeamarkError, systemCodeOf } from "../base/errors.ts";
import { replaceDurably } from "./durable-file.ts";
import type { Json, Positions } from "./spool.ts";

/** What is left of the segments that are gone: `positions.json`. */
export interface Folded {
  /** Every segment up to this one is gone. */
  sequence: number;
  readonly positions: Map<string, Json>;
  /** Segments that were set aside while earlier ones were still there: folded when their turn comes. */
  aside: { readonly sequence: number; readonly positions: Positions }[];
}

const name = "positions.json";

export async function readFolded(folder: string): Promise<Folded> {
  const path = join(folder, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return { sequence: 0, positions: new Map(), aside: [] };
    throw error;
  }
  try {
    const content = JSON.parse(text) as { sequence: number; positions: Positions; aside?: Folded["aside"] };
    if (!Number.isSafeInteger(content.sequence)) throw new Error("it has no sequence");
    const positions = new Map(Object.entries(content.positions));
    return { sequence: content.sequence, positions, aside: content.aside ?? [] };
  } catch (error) {
    throw new SeamarkError("corrupt", `${path} cannot be read: ${messageOf(error)}`, {
      hint: `restore it from a backup, or delete ${folder} to start anew: what is in it is lost, and what was read before may be read again`,
    });
  }
}

export async function writeFolded(folder: string, folded: Folded): Promise<void> {
  const { sequence, positions, aside } = folded;
  const content = JSON.stringify({ sequence, positions: Object.fromEntries(positions), aside });
  await replaceDurably(folder, name, Buffer.from(content));
}

/** Takes positions on top of others; a key that was taken last stands last. */
export function applyPositions(target: Map<string, Json>, positions: Positions): void {
  for (const [key, value] of Object.entries(positions)) {
    target.delete(key);
    if (value !== null) target.set(key, value);
  }
}

/** A copy with the positions of segments that are gone now, given in order, and `extra` on top. */
export function foldInto(
  folded: Folded,
  sequence: number,
  segments: readonly { readonly sequence: number; readonly positions: Positions }[],
  extra: Positions,
): Folded {
  const next = { sequence: Math.max(sequence, folded.sequence), positions: new Map(folded.positions) };
  const due = [...segments, ...folded.aside.filter((one) => one.sequence <= sequence)];
  due.sort((a, b) => a.sequence - b.sequence);
  for (const one of due) applyPositions(next.positions, one.positions);
  applyPositions(next.positions, extra);
  return { ...next, aside: folded.aside.filter((one) => one.sequence > sequence) };
}
