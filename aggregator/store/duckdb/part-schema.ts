import { messageOf } from "../../../common/base/errors.ts";
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

/** The columns that the dictionary gives `logs`, to see at once whether a file is of another one. */
const columnsNow = columnDefinitions(rowColumns);

/** Makes the tables of a file that has none, and adds columns that the dictionary got since the file was made. */
export async function preparePart(engine: Engine, alias: string): Promise<PartFacts> {
  const facts = await factsOf(engine, alias);
  if (facts === undefined) {
    await createTables(engine, alias);
    return (await factsOf(engine, alias))!.facts;
  }
  if (facts.columns !== columnsNow) await addColumns(engine, alias);
  return facts.facts;
}

/** Undefined when the file has no tables. Asking for the catalog first would cost more with every open file. */
async function factsOf(
  engine: Engine,
  alias: string,
): Promise<{ facts: PartFacts; columns: string } | undefined> {
  const one = async (sql: string) => (await engine.admin(sql))[0]!;
  try {
    // Four plain statements: as one with a subquery each they take three times as long (measured).
    const [uid, columns] = await one(`SELECT uid, columns FROM ${alias}.meta`);
    const [rows, firstNs, lastLoad] = await one(
      `SELECT count(*), min("@timestamp"), max(${quoteName(loadColumn)}) FROM ${alias}.logs`,
    );
    const origins = await engine.admin(`SELECT origin FROM ${alias}.seen`);
    const [counterRows] = await one(
      `SELECT sum(rows) FROM (SELECT count(*) AS rows FROM ${alias}.counters
         UNION ALL SELECT count(*) FROM ${alias}.latency)`,
    );
    const facts: PartFacts = {
      uid: String(uid),
      rows: Number(rows),
      firstNs: (firstNs as bigint | null) ?? undefined,
      lastLoad: (lastLoad as bigint | null) ?? 0n,
      origins: origins.map(([origin]) => String(origin)),
      counterRows: Number(counterRows),
    };
    return { facts, columns: String(columns) };
  } catch (error) {
    if (/^Catalog Error: Table with name .* does not exist/.test(messageOf(error))) return undefined;
    throw error;
  }
}

async function createTables(engine: Engine, alias: string): Promise<void> {
  await engine.transaction(
    `CREATE TABLE ${alias}.logs (${columnsNow}, ${load});
     CREATE TABLE ${alias}.counters (${counterDefinitions}, ${load});
     CREATE TABLE ${alias}.latency (${latencyDefinitions}, ${load});
     CREATE TABLE ${alias}.loaded (batch VARCHAR);
     CREATE TABLE ${alias}.seen (origin VARCHAR, about JSON);
     CREATE TABLE ${alias}.meta (uid VARCHAR, columns VARCHAR);
     INSERT INTO ${alias}.meta SELECT uuid(), ${quoteText(columnsNow)};`,
  );
}

async function addColumns(engine: Engine, alias: string): Promise<void> {
  const rows = await engine.admin(
    `SELECT column_name FROM duckdb_columns() WHERE database_name = ${quoteText(alias)} AND table_name = 'logs'`,
  );
  const known = new Set(rows.map((row) => String(row[0])));
  const added = rowColumns.filter((column) => !known.has(column.name));
  const statements = added.map(
    (column) => `ALTER TABLE ${alias}.logs ADD COLUMN ${quoteName(column.name)} ${column.sqlType};`,
  );
  await engine.transaction(
    `${statements.join("")} UPDATE ${alias}.meta SET columns = ${quoteText(columnsNow)};`,
  );
}
