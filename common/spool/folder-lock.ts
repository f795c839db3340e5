import { randomBytes } from "node:crypto";
import { link, open, rename } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { messageOf, SeamarkError, systemCodeOf } from "../base/errors.ts";
import { unlinkIfThere } from "./durable-file.ts";

/**
 * One process at a time in a folder. The lock is a listening Unix socket under the name `lock`: the kernel closes it
 * when its process ends, however it ends, and, unlike a process id in a file, it means the same in every container
 * that shares the folder. A left-over socket refuses connections and is replaced.
 */
export interface FolderLock {
  release(): Promise<void>;
}

/** Takes the lock or rejects with `conflict`. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const handle = await open(folder, "r");
  // The name of a socket may have 107 bytes; through the open folder every path is short enough.
  const base = `/proc/self/fd/${handle.fd}`;
  const ownName = `lock.${randomBytes(6).toString("hex")}`;
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, join(base, ownName));
    server.unref();
    await takeName(folder, base, ownName);
  } catch (error) {
    await closeServer(server);
    await handle.close();
    throw explain(error, folder);
  }
  await unlinkIfThere(join(folder, ownName));
  return {
    async release() {
      await unlinkIfThere(join(folder, "lock"));
      await closeServer(server);
      await handle.close();
    },
  };
}

/** `link` fails when the name exists, which makes taking it atomic. */
async function takeName(folder: string, base: string, ownName: string): Promise<void> {
  const held = join(folder, "lock");
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return await link(join(folder, ownName), held);
    } catch (error) {
      if (systemCodeOf(error) !== "EEXIST") throw error;
    }
    if (await answers(join(base, "lock"))) throw taken(folder);
    // Moved before it is deleted: were it replaced by a living one meanwhile, that one is put back.
    const aside = `${ownName}.old`;
    try {
      await rename(held, join(folder, aside));
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") continue;
      throw error;
    }
    const alive = await answers(join(base, aside));
    if (alive) await link(join(folder, aside), held).catch(() => undefined);
    await unlinkIfThere(join(folder, aside));
    if (alive) throw taken(folder);
  }
  throw taken(folder);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // A full backlog (EAGAIN) is a living process too.
    socket.once("error", (error) => resolve(systemCodeOf(error) === "EAGAIN"));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function taken(folder: string): SeamarkError {
  return new SeamarkError("conflict", `another process uses ${folder}`, {
    hint: "stop it, or give this one a folder of its own with --state DIR",
  });
}

function explain(error: unknown, folder: string): unknown {
  if (error instanceof SeamarkError) return error;
  return new SeamarkError("unavailable", `cannot lock ${folder}: ${messageOf(error)}`, {
    hint: "the state folder must be writable and on a local file system",
    cause: error,
  });
}
