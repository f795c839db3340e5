/**
 * Appends the batches that its parent wrote, one call after the other, and says so after each: the parent kills it
 * somewhere in the middle. Arguments: the folder of the store, and a JSON file with the batches and the time.
 */
import { readFileSync, writeSync } from "node:fs";
import { openDuckdbStore } from "../../aggregator/store/duckdb/duckdb-store.ts";
import type { Batch } from "../../aggregator/store/log-store.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { clockAt } from "./batches.ts";

interface Work {
  readonly nowNs: string;
  readonly batches: readonly (Omit<Batch, "acceptedNs"> & { readonly acceptedNs: string })[];
}

const [folder, workFile] = process.argv.slice(2);
const work = JSON.parse(readFileSync(workFile!, "utf8")) as Work;
const store = await openDuckdbStore({
  folder: folder!,
  memoryLimitBytes: 256 * 1024 ** 2,
  retentionMs: 7 * 86_400_000,
  retentionBytes: 10 * 1024 ** 3,
  // Small files, so that batches go to several parts of an hour too.
  fileBytesMax: 1024 ** 2,
  clock: clockAt(BigInt(work.nowNs)),
  log: createLogger("child", "error"),
  metrics: new Metrics(),
});
for (const batch of work.batches) {
  await store.logs.append([{ ...batch, acceptedNs: BigInt(batch.acceptedNs) }]);
  writeSync(1, `${batch.id}\n`);
}
await store.logs.close();
writeSync(1, "done\n");
