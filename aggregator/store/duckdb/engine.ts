import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { messageOf, SeamarkError } from "../../../common/base/errors.ts";
import { Serial } from "./serial.ts";
import { quoteText } from "./sql-text.ts";

/** Pinned: files of a later version could not be read by this one after a downgrade. */
const storageVersion = "v1.5.0";
/**
 * Commits stall while DuckDB checkpoints: 0.7 to 0.9 s at the default of 16 MB, 0.3 s at 64 MB, 1 s and more at
 * 256 MB (measured).
 */
const checkpointThreshold = "64MB";
/** What queries may spill to disk: sorting a day of a busy host fits, filling the disk does not. */
const spillBytesMax = 2 * 1024 ** 3;

export type SqlValues = DuckDBValue[];
export type SqlRow = DuckDBValue[];

export interface EngineOptions {
  readonly folder: string;
  readonly memoryLimitBytes: number;
  readonly threads: number;
}

/** One DuckDB in memory that the files are attached to. */
export class Engine {
  readonly folder: string;
  readonly #instance: DuckDBInstance;
  /** Statements that are not reads; one after the other. */
  readonly #admin: DuckDBConnection;
  readonly #connections: DuckDBConnection[];
  readonly #serial = new Serial();

  private constructor(folder: string, instance: DuckDBInstance, admin: DuckDBConnection) {
    this.folder = folder;
    this.#instance = instance;
    this.#admin = admin;
    this.#connections = [admin];
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const spillFolder = join(options.folder, "tmp");
    await rm(spillFolder, { recursive: true, force: true });
    await mkdir(spillFolder, { recursive: true });
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${Math.floor(options.memoryLimitBytes / 1024)}KiB`,
      checkpoint_threshold: checkpointThreshold,
      temp_directory: spillFolder,
      max_temp_directory_size: `${spillBytesMax / 1024}KiB`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const engine = new Engine(options.folder, instance, await instance.connect());
    // Text of users never becomes SQL, but if it did, it could not lift these limits.
    await engine.admin("SET lock_configuration = true");
    return engine;
  }

  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    this.#connections.push(connection);
    return connection;
  }

  /** Runs a statement on the engine's own connection, after those that were asked for before. */
  admin(sql: string, values?: SqlValues): Promise<SqlRow[]> {
    return this.#serial.run(() => query(this.#admin, sql, values));
  }

  /** Statements without values, all of them or none; they write one attached database at most. */
  async transaction(statements: string): Promise<void> {
    await this.#serial.run(() => transaction(this.#admin, () => query(this.#admin, statements)));
  }

  async attach(path: string, alias: string): Promise<void> {
    await this.admin(`ATTACH ${quoteText(path)} AS ${alias} (STORAGE_VERSION '${storageVersion}')`);
  }

  /** Writes what is in the file's write-ahead log into the file, when there is room, and closes it. */
  async detach(alias: string): Promise<void> {
    try {
      await this.admin(`DETACH ${alias}`);
    } catch (error) {
      // Without room for the checkpoint the database is detached all the same, and its log is kept.
      if (!/CHECKPOINT during DETACH failed/.test(messageOf(error))) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#serial.run(async () => undefined);
    for (const connection of this.#connections) connection.closeSync();
    this.#instance.closeSync();
  }
}

/** All rows of a statement. */
export async function query(
  connection: DuckDBConnection,
  sql: string,
  values?: SqlValues,
): Promise<SqlRow[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRows();
}

/** Runs the work in a transaction; rolls back when it fails. */
export async function transaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await query(connection, "BEGIN");
  try {
    const result = await work();
    await query(connection, "COMMIT");
    return result;
  } catch (error) {
    // A commit that failed has ended the transaction already, and then this fails too.
    await query(connection, "ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Makes new and renamed files of a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What stands between a commit and the disk, as a SeamarkError; anything else is a bug and stays what it is. */
export function expectedFailure(error: unknown, doing: string): unknown {
  if (error instanceof SeamarkError) return error;
  const message = messageOf(error);
  const because = `${doing}: ${message.split("\n", 1)[0]}`;
  if (/No space left|ENOSPC|EDQUOT|quota exceeded|max_temp_directory_size/i.test(message))
    return new SeamarkError("full", because, { hint: "make room on the store's disk", cause: error });
  if (/^(Out of Memory|IO) Error|invalidated|Could not (write|read|open|truncate)/i.test(message))
    return new SeamarkError("unavailable", because, { cause: error });
  return error;
}

/** True when a statement failed because its database must be detached and attached again. */
export function isInvalidated(error: unknown): boolean {
  return /has been invalidated/.test(messageOf(error));
}
