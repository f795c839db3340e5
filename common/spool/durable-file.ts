import { open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../base/errors.ts";

/** A file that is being written ends so until its rename; whoever opens the folder deletes what is left of them. */
export const unfinished = ".tmp";

/** Writes the parts one after another into a new file and syncs it. On an error no file is left. */
export async function writeSynced(path: string, parts: readonly Buffer[]): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await unlinkIfThere(path);
    throw error;
  }
}

/** Makes renames and deletions in the folder survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces the file as a whole: after a crash either the old or the new content is there. */
export async function replaceDurably(folder: string, name: string, content: Buffer): Promise<void> {
  const path = join(folder, name);
  await writeSynced(path + unfinished, [content]);
  await rename(path + unfinished, path);
  await syncFolder(folder);
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
}
