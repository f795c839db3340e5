import { columnDefinitions, rowColumns } from "./columns.ts";
import type { Engine } from "./engine.ts";
import { quoteName, quoteText } from "./sql-text.ts";

/** The column that says in which load a row came; reads leave loads out that are not whole yet. */
export const loadColumn = "seamark.load";

export const counterColumns = "minute,app,version,edge,status,level,lines,requests";
export const latencyColumns = "minute,app,version,edge,bucket,count";

/** Minutes since the epoch; `lines` and `requests` as the counters' contract defines them. */
export const counterDefinitions =
  "minute BIGINT, app VARCHAR, version VARCHAR, edge BOOLEAN, status BIGINT, level VARCHAR, lines BIGINT, requests BIGINT";
export const latencyDefinitions =
  "minute BIGINT, app VARCHAR, version VARCHAR, edge BOOLEAN, bucket SMALLINT, count BIGINT";

const load = `${quoteName(loadColumn)} BIGINT`;

/** What a file tells when it is opened. */
export interface PartFacts {
  /** Names the file for good: its counters are folded once under this name. */
  readonly uid: string;
  readonly rows: number;
  readonly firstNs: bigint | undefined;
  /** The largest number of a load; 0 while it is empty. */
  readonly lastLoad: bigint;
  readonly origins: readonly string[];
  /** Rows of counters and latencies. */
  readonly counterRows: number;
}

/** Makes the tables of a file that has none, and adds columns that the dictionary got since the file was made. */
export async function preparePart(engine: Engine, alias: string): Promise<PartFacts> {
  const tables = await engine.admin(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = ${quoteText(alias)}`,
  );
  if (tables.length === 0) await createTables(engine, alias);
  else await addColumns(engine, alias);
  const [facts] = await engine.admin(
    `SELECT (SELECT uid FROM ${alias}.meta), (SELECT count(*) FROM ${alias}.logs), ` +
      `(SELECT coalesce(list(DISTINCT origin), []) FROM ${alias}.seen), ` +
      `(SELECT count(*) FROM ${alias}.counters) + (SELECT count(*) FROM ${alias}.latency), ` +
      `(SELECT min("@timestamp") FROM ${alias}.logs), ` +
      `(SELECT coalesce(max(${quoteName(loadColumn)}), 0) FROM ${alias}.logs)`,
  );
  const origins = (facts![2] as { items: readonly string[] }).items;
  return {
    uid: String(facts![0]),
    rows: Number(facts![1]),
    firstNs: (facts![4] as bigint | null) ?? undefined,
    lastLoad: facts![5] as bigint,
    origins,
    counterRows: Number(facts![3]),
  };
}

async function createTables(engine: Engine, alias: string): Promise<void> {
  await engine.transaction(
    `CREATE TABLE ${alias}.logs (${columnDefinitions(rowColumns)}, ${load});
     CREATE TABLE ${alias}.counters (${counterDefinitions}, ${load});
     CREATE TABLE ${alias}.latency (${latencyDefinitions}, ${load});
     CREATE TABLE ${alias}.loaded (batch VARCHAR);
     CREATE TABLE ${alias}.seen (origin VARCHAR, about JSON);
     CREATE TABLE ${alias}.meta (uid VARCHAR);
     INSERT INTO ${alias}.meta SELECT uuid();`,
  );
}

async function addColumns(engine: Engine, alias: string): Promise<void> {
  const rows = await engine.admin(
    `SELECT column_name FROM duckdb_columns() WHERE database_name = ${quoteText(alias)} AND table_name = 'logs'`,
  );
  const known = new Set(rows.map((row) => String(row[0])));
  for (const column of rowColumns) {
    if (known.has(column.name)) continue;
    await engine.admin(`ALTER TABLE ${alias}.logs ADD COLUMN ${quoteName(column.name)} ${column.sqlType}`);
  }
}
