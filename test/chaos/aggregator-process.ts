// The aggregator's ingest and loader behind a plain HTTP server, with a store of one file per batch: what the store
// does is not the subject, only that it holds a batch once and keeps it when the process is killed.
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { createCompleteness } from "../../aggregator/ingest/completeness.ts";
import { openDeadLetters } from "../../aggregator/ingest/dead-letters.ts";
import { createIngest } from "../../aggregator/ingest/ingest.ts";
import { aggregatorOrigin, createLoader } from "../../aggregator/ingest/loader.ts";
import type { AppendResult, Batch } from "../../aggregator/store/log-store.ts";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { SegmentKind } from "../../common/wire/ingest.ts";

const [folder = ""] = process.argv.slice(2);
const batches = join(folder, "batches");
mkdirSync(batches, { recursive: true });
const spool = await openSpool({
  folder: join(folder, "spool"),
  sizeBytesMax: 2 * 1024 * 1024,
  nowMs: Date.now,
});
const metrics = new Metrics();
const clock = systemClock;
const log = createLogger("aggregator", "error");
const completeness = createCompleteness({ spool, clock });
const deadLetters = await openDeadLetters({ folder: join(folder, "dead"), spool, clock, metrics });
const ingest = createIngest({ spool, completeness, hooks: {}, clock, metrics, log });

let written = 0;
async function append(all: readonly Batch[]): Promise<AppendResult> {
  // Slow enough that kills meet it and that the small spool gets full.
  await clock.sleep(30);
  for (const batch of all) {
    const file = await readFile(batch.path);
    const text = zstdDecompressSync(file.subarray(8 + file.readUInt32LE(4))).toString();
    const path = join(batches, `${batch.kind}-${batch.id.replaceAll("/", "-")}`);
    if (existsSync(path)) continue;
    writeFileSync(`${path}.tmp${++written}`, text);
    renameSync(`${path}.tmp${written}`, path);
  }
  return { rowsAppended: 0, rowsTooOld: 0, refused: [] };
}

createLoader({
  ...{ spool, deadLetters, completeness, clock, metrics, log, random: Math.random },
  ownOrigin: aggregatorOrigin("host-a"),
  store: { append },
});

const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    response.end(JSON.stringify({ hosts: completeness.hosts(), metrics: metrics.text() }));
    return;
  }
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const kind = request.url!.split("/").at(-1) as SegmentKind;
    const { headers } = request;
    const body = Buffer.concat(chunks);
    const result = await ingest.accept({ kind, headers, body, encoding: headers["content-encoding"] });
    if (result.status === 204) response.writeHead(204, { ...result.headers }).end();
    else {
      const retry = result.retryAfterS === undefined ? {} : { "retry-after": String(result.retryAfterS) };
      response.writeHead(result.status, { "content-type": "application/problem+json", ...retry });
      response.end(JSON.stringify(result));
    }
  } catch {
    // The connection was cut in the middle of the body.
    response.destroy();
  }
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
