import { rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../../common/base/errors.ts";
import type { Logger } from "../../../common/base/log.ts";
import { columnDefinitions, originColumns } from "./columns.ts";
import type { Engine } from "./engine.ts";
import { type CorruptFile, mayPass } from "./hour-files.ts";
import { counterDefinitions, latencyDefinitions } from "./part-schema.ts";

/** The two files beside those of the hours: `catalog` (origins) and `folded` (counters of deleted hours). */
export interface SideFiles {
  readonly corrupt: readonly CorruptFile[];
  /** Rows before this were deleted with their files and are not taken again. */
  readonly floorNs: bigint;
  sizeBytes(): Promise<number>;
}

const files = { catalog: "catalog.duckdb", folded: "counters.duckdb" } as const;

export async function openSideFiles(engine: Engine, clock: Clock, log: Logger): Promise<SideFiles> {
  const corrupt: CorruptFile[] = [];
  for (const alias of ["catalog", "folded"] as const) {
    const path = join(engine.folder, files[alias]);
    try {
      await attach(engine, path, alias);
    } catch (error) {
      const reason = messageOf(error).split("\n", 1)[0]!;
      if (mayPass.test(reason)) throw unavailable(engine.folder, reason, error);
      const aside = `${path}.${clock.nowMs()}.corrupt`;
      await rename(path, aside);
      await rename(`${path}.wal`, `${aside}.wal`).catch(() => undefined);
      log.error("a file of the store cannot be read and is made anew", { file: aside, reason });
      corrupt.push({ path: aside, reason });
      await attach(engine, path, alias);
    }
  }
  const [row] = await engine.admin("SELECT before_ns FROM folded.floor");
  return {
    corrupt,
    floorNs: row![0] as bigint,
    sizeBytes: () => sizeOf(engine.folder),
  };
}

async function attach(engine: Engine, path: string, alias: "catalog" | "folded"): Promise<void> {
  await engine.attach(path, alias);
  try {
    await engine.transaction(schemas[alias]);
  } catch (error) {
    await engine.detach(alias);
    throw error;
  }
}

const schemas = {
  catalog: `CREATE TABLE IF NOT EXISTS catalog.origins (${columnDefinitions(originColumns)}, first_ns BIGINT,
    last_ns BIGINT, state VARCHAR, PRIMARY KEY ("origin.id"));`,
  folded: `CREATE TABLE IF NOT EXISTS folded.counters (${counterDefinitions}, source VARCHAR);
    CREATE TABLE IF NOT EXISTS folded.latency (${latencyDefinitions}, source VARCHAR);
    CREATE TABLE IF NOT EXISTS folded.folded (uid VARCHAR);
    CREATE TABLE IF NOT EXISTS folded.floor (before_ns BIGINT);
    INSERT INTO folded.floor SELECT -9223372036854775807 WHERE NOT EXISTS (FROM folded.floor);`,
} as const;

function unavailable(folder: string, reason: string, cause: unknown): SeamarkError {
  const isLocked = /lock/i.test(reason);
  return new SeamarkError("unavailable", `the store in ${folder} cannot be opened: ${reason}`, {
    hint: isLocked ? "another Seamark uses this folder: stop it, or take another --state" : "try again",
    cause,
  });
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of Object.values(files))
    for (const path of [join(folder, name), join(folder, `${name}.wal`)])
      bytes += await stat(path).then(
        (found) => found.size,
        () => 0,
      );
  return bytes;
}
