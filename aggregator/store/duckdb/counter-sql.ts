import { minuteNs } from "./hours.ts";
import { bucketSql } from "./latency-buckets.ts";
import { counterColumns, latencyColumns, loadColumn } from "./part-schema.ts";
import { quoteName } from "./sql-text.ts";

/** What counts leave out: continuation lines of a stack trace, gaps and events. */
export const isLine = `"event.group" IS NULL AND "event.kind" IS NULL`;
/** A request is a line with method, path and status. */
export const isRequest = `"http.request.method" IS NOT NULL AND "url.path" IS NOT NULL AND "http.response.status_code" IS NOT NULL`;

const dimensions = `o."service.name", o."service.version", o."seamark.edge"`;
const load = quoteName(loadColumn);

/** Adds the counts of rows of a table to the counters of a file. */
export function insertCounters(alias: string, table: string, where: string, loadId: bigint): string {
  return `INSERT INTO ${alias}.counters (${counterColumns}, ${load})
    SELECT s.minute, ${dimensions}, s.status, s.level, sum(s.lines)::BIGINT, sum(s.requests)::BIGINT, ${loadId}
    FROM (SELECT "@timestamp" // ${minuteNs} AS minute, "origin.id" AS id, "http.response.status_code" AS status,
            "log.level" AS level, count(*) AS lines, count(*) FILTER (WHERE ${isRequest}) AS requests
          FROM ${table} WHERE ${where} AND ${isLine} GROUP BY ALL) s
    LEFT JOIN catalog.origins o ON o."origin.id" = s.id GROUP BY ALL`;
}

/** Adds the durations of requests of a table to the latency histogram of a file. */
export function insertLatency(alias: string, table: string, where: string, loadId: bigint): string {
  return `INSERT INTO ${alias}.latency (${latencyColumns}, ${load})
    SELECT s.minute, ${dimensions}, s.bucket, sum(s.count)::BIGINT, ${loadId}
    FROM (SELECT "@timestamp" // ${minuteNs} AS minute, "origin.id" AS id,
            ${bucketSql(`"event.duration"`)} AS bucket, count(*) AS count
          FROM ${table} WHERE ${where} AND ${isLine} AND ${isRequest} AND "event.duration" IS NOT NULL
          GROUP BY ALL) s
    LEFT JOIN catalog.origins o ON o."origin.id" = s.id GROUP BY ALL`;
}

/** Adds up rows of equal keys. Only when every load is whole: the rows get the number 0, which all reads see. */
export function compactCounters(alias: string): string {
  return `CREATE TABLE ${alias}.counters_compact AS
      SELECT minute, app, version, edge, status, level, sum(lines)::BIGINT AS lines,
        sum(requests)::BIGINT AS requests, 0::BIGINT AS ${load}
      FROM ${alias}.counters GROUP BY ALL ORDER BY ALL;
    CREATE TABLE ${alias}.latency_compact AS
      SELECT minute, app, version, edge, bucket, sum(count)::BIGINT AS count, 0::BIGINT AS ${load}
      FROM ${alias}.latency GROUP BY ALL ORDER BY ALL;
    DROP TABLE ${alias}.counters; DROP TABLE ${alias}.latency;
    ALTER TABLE ${alias}.counters_compact RENAME TO counters;
    ALTER TABLE ${alias}.latency_compact RENAME TO latency;`;
}
